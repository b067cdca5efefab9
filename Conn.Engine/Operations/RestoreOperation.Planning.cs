using Conn.ActiveBackup.Contract;
using Conn.Engine.Proxies;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <content>What the restore would do, found without touching anything.</content>
internal sealed partial class RestoreOperation
{
    private List<OwnerRestore> Plan()
    {
        AskManagers();
        List<OwnerRestore> owners = [];
        Dictionary<uint, OwnerPart> parts = _request.Set.Parts.ToDictionary(p => p.Sid);
        foreach (RegisteredOwner owner in Owners)
        {
            OwnerPart? part = parts.GetValueOrDefault(owner.Registration.Sid.Value);
            if (part is not { IsStored: true } && (owner.HasOwnData || owner.IsProxied))
            {
                throw new OperationRefusedException(OperationRefusal.NoSuchOwner, ErrorCode.NotFound, part is null
                    ? $"Set {_request.Set.Id} holds nothing of owner {owner.Name} ({owner.Registration.Sid}); choose another set, or leave the owner out."
                    : $"Owner {owner.Name} {part.Outcome.ToString().ToLowerInvariant()} in set {_request.Set.Id}, so there is nothing of it to restore; choose another set, or leave the owner out.");
            }

            owners.Add(PlanOwner(owner, part));
        }

        if (owners.Exists(o => o.Owner.IsProxied))
        {
            List<OwnerRestore> asked = [.. owners];
            owners.AddRange(Helpers.Select(m => new OwnerRestore(this, _request.Repository, m, _request.Set.Id, []) { Serves = true, IsHelper = true }));
            Dictionary<RegisteredOwner, OwnerRestore> runs = owners.ToDictionary(o => o.Owner);
            asked.ForEach(o => o.Join(runs));
        }

        return owners;
    }

    private OwnerRestore PlanOwner(RegisteredOwner owner, OwnerPart? part)
    {
        IReadOnlyList<OwnerPart> chain = [];
        RepositoryException? unreadable = null;
        try
        {
            chain = part is { IsStored: true } ? _request.Repository.ResolveChain(part) : [];
        }
        catch (RepositoryException e) when (OwnerRestore.IsOfOneOwner(owner, e))
        {
            unreadable = e;
        }

        OwnerRestore run = new(this, _request.Repository, owner, _request.Set.Id, chain) { Serves = Serves(owner) };
        if (unreadable is not null)
        {
            run.CannotBeRead(unreadable);
        }

        return run;
    }

    /// <summary>Refuses who would take data in a newer version than it knows. A manager's version is that of its own part: with it, it kept the data of others.</summary>
    private void CheckVersions(List<OwnerRestore> runs)
    {
        ProxyTies.Carry(runs);
        foreach (OwnerRestore run in runs.Where(o => o.Failure is null))
        {
            (string name, uint known) = (run.Owner.Name, run.Owner.Registration.DataVersion);
            OwnerPart? own = run.Serves ? _request.Set.Part(run.Owner.Registration.Sid.Value) : null;
            if (run.Given.Append(own).FirstOrDefault(p => p?.DataVersion > known) is { } newer)
            {
                Refuse(run, runs, OperationRefusal.NewerData, new DataOwnerException(name, "restore", ErrorCode.NotSupported,
                    $"Set {newer.Set} holds data of owner {name} in version {newer.DataVersion}; the owner registered knows versions up to {known}. Restore with a newer version of the owner, or choose an older set."));
            }
        }
    }

    private async Task AskPlansAsync(List<OwnerRestore> runs)
    {
        foreach (OwnerRestore run in runs.Where(o => o.Failure is null))
        {
            if (_request.Plans.TryGetValue(run.Owner.Registration.Sid, out IRestorePlan? plan) && await RefusalAsync(run, plan) is { } refusal)
            {
                Refuse(run, runs, OperationRefusal.RefusedByOwner, new DataOwnerException(run.Owner.Name, nameof(IRestorePlan.PlanRestoreAsync), refusal.Code,
                    $"Owner {run.Owner.Name} refuses the restore: {refusal.Message}", refusal));
            }
        }
    }

    /// <summary>It is left out, and so are those it keeps data for. A Required one among them: nobody is restored, and nothing was touched.</summary>
    private static void Refuse(OwnerRestore run, List<OwnerRestore> runs, OperationRefusal refusal, DataOwnerException why)
    {
        List<OwnerRestore> required = [.. runs.Where(o => !o.IsHelper && o.Failure is null && o.Owner.Registration.Policy == OwnerPolicy.Required)];
        run.Refuse(why);
        ProxyTies.Carry(runs);
        if (required.Find(o => o.Failure is not null) is { Failure: { } failure })
        {
            throw new OperationRefusedException(refusal, failure.Code, failure.Message, failure);
        }
    }

    /// <summary>Asks an owner's plan, drive by drive, under the watch that every call of an owner is under. Gives why it says no, or null.</summary>
    private async Task<ConnException?> RefusalAsync(OwnerRestore owner, IRestorePlan plan)
    {
        foreach ((DriveNumber drive, long bytes) in owner.Asked)
        {
            using NoProgressWatch watch = new(Time, owner.Owner.Registration.NoProgressTimeout ?? Engine.Options.NoProgressTimeout);
            CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Abort);
            Task<ConnException?> asked = AnswerAsync(plan, drive, bytes, stop.Token);
            using (watch.StopOn(Abort))
            {
                await watch.FirstAsync(asked);
            }

            if (!asked.IsCompleted)
            {
                Engine.Abandon(asked, stop);
                Abort.ThrowIfCancellationRequested();
                return new ConnException(ErrorCode.TimedOut,
                    $"its plan for drive {drive} gave no answer within {watch.Length.TotalSeconds:0.###} s, the NoProgressTimeout of its registration or of the engine.");
            }

            stop.Dispose();
            Abort.ThrowIfCancellationRequested();

            if (await asked is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private async Task<ConnException?> AnswerAsync(IRestorePlan plan, DriveNumber drive, long bytes, CancellationToken stop)
    {
        try
        {
            await plan.PlanRestoreAsync(drive, bytes, stop);
            return null;
        }
        catch (ConnException e)
        {
            return e;
        }
        catch (OperationCanceledException) when (Abort.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // A plan may throw anything: it is a refusal, with General and its own words.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new ConnException(ErrorCode.General, e.Message, e);
        }
    }
}
