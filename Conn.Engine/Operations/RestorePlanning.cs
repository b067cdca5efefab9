using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Owners;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Finds what a restore would do, and every reason against it, without changing anything.</summary>
internal sealed class RestorePlanning(RestoreOperation operation, RestoreRequest request, CancellationToken stop)
{
    private EngineState Engine => operation.Engine;

    /// <summary>Makes the runs of a restore: those asked for, and their managers.</summary>
    /// <exception cref="OperationRefusedException">An owner is not registered, or not in the set.</exception>
    /// <exception cref="RepositoryException">NoSuchSet: the repository does not list the set. Else the set cannot be read now.</exception>
    public async Task<IReadOnlyList<RestoreRun>> MakeRunsAsync()
    {
        await CheckSetAsync();
        IReadOnlyList<RegisteredOwner> owners = request.Owners is null ? AllStored() : OwnerSelection.Named(Engine.Owners, request.Owners);
        HashSet<SecureId> serving = [.. owners.SelectMany(o => o.Registration.ProxyManagers)];
        List<RestoreRun> asked = [];
        foreach (RegisteredOwner owner in owners)
        {
            asked.Add(await MakeRunAsync(owner, serving.Contains(owner.Registration.Sid)));
        }

        List<RestoreRun> runs = [.. asked, .. Engine.Owners.HelpersOf(owners)
            .Select(h => new RestoreRun(operation, request.Repository, h, request.Set.Id, [], stop)
            {
                Serves = true, IsHelper = true, MayBeCommitted = operation.MayBeCommitted,
            })];
        operation.JoinManagers(runs, static (run, managers) => run.Managers = managers);
        return OwnerGraph.RestoreOrder(runs, r => r.Owner);
    }

    /// <summary>Looks for reasons against the restore: versions, kinds, pending restores, and what the owners answer. Refused runs are left out of
    /// it.</summary>
    /// <exception cref="OperationRefusedException">A Required owner cannot take part, or two lie inside each other: nothing is restored.</exception>
    public async Task CheckAsync(IReadOnlyList<RestoreRun> runs)
    {
        foreach (RestoreRun failed in runs.Where(r => r.Failure is not null).ToList())
        {
            operation.FailJoined(failed);
        }

        foreach (RestoreRun run in runs)
        {
            if (run.Failure is null && PendingFault(run.Owner) is { } pending)
            {
                Refuse(run, runs, OperationRefusal.InUse, pending);
            }
            else if (run.Failure is null && FormFault(run) is { } form)
            {
                Refuse(run, runs, OperationRefusal.OtherForm, form);
            }
            else if (run.Failure is null && KindFault(run) is { } kind)
            {
                Refuse(run, runs, OperationRefusal.OtherKind, kind);
            }
            else if (run.Failure is null && SourceFault(run) is { } source)
            {
                Refuse(run, runs, OperationRefusal.OtherSource, source);
            }
        }

        foreach (RestoreRun run in runs.Where(r => r.Failure is null))
        {
            CheckVersion(run, runs);
        }

        PlaceRules.RequireApart([.. runs.Where(r => r.Failure is null && !r.IsHelper).Select(static r => r.Owner)]);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAll([.. runs.Where(r => r.Failure is null && r.Owner.Planner is not null)
            .Select(r => Operation.StopOnErrorAsync(operation.InPlaceAsync(() => AskPlanAsync(r, runs, enough.Token), enough.Token), enough))]);
    }

    /// <summary>Whether a repository's failure is the failure of one owner alone.</summary>
    public static bool IsOfOneOwner(RegisteredOwner owner, RepositoryException e) =>
        owner.Registration.Policy == OwnerPolicy.BestEffort && IsDamage(e);

    /// <summary>Whether what is stored is damaged or incomplete.</summary>
    public static bool IsDamage(RepositoryException e) => e.Failure is RepositoryFailure.Damaged or RepositoryFailure.ChainBroken;

    /// <summary>What is stored of a Required owner cannot be read, and nothing was committed.</summary>
    public static RepositoryException NotRestorable(RegisteredOwner owner, SetId set, RepositoryException e) => new(
        e.Failure, $"Owner {owner.Name} cannot be restored from set {set}: {e.Message} Nothing was changed. Verify the repository, and choose an older set.",
        e.Set ?? set.Text, e);

    /// <summary>What is stored of a best-effort owner cannot be read.</summary>
    public static DataOwnerException Unreadable(RegisteredOwner owner, RepositoryException e) =>
        new(owner.Name, ErrorCode.Corrupt, $"What is stored of owner {owner.Name} cannot be read: {e.Message}", e);

    private async Task CheckSetAsync()
    {
        SetList sets = await request.Repository.ListSetsAsync(stop);
        operation.Notes.AddRange(OwnerOrigins.Problems(sets));
        if (sets.Find(request.Set.Id) is not null)
        {
            return;
        }

        throw sets.Problems.FirstOrDefault(p => p.Set == request.Set.Id.Text) is { } problem
            ? new RepositoryException(problem.Failure, $"Set {problem.Set} cannot be read: {problem.What}", problem.Set)
            : new RepositoryException(
                RepositoryFailure.NoSuchSet, $"The repository of the request does not list set {request.Set.Id}; list its sets and choose one of them.");
    }

    /// <summary>All owners that the set holds and that are registered; what is left out is named.</summary>
    private IReadOnlyList<RegisteredOwner> AllStored()
    {
        List<RegisteredOwner> owners = [];
        foreach (OwnerPart part in request.Set.Parts)
        {
            RegisteredOwner? owner = Engine.Owners.Find(new SecureId(part.Sid));
            if (owner is not null && part.IsStored)
            {
                owners.Add(owner);
            }
            else
            {
                operation.Notes.Add(part.IsStored ? $"Owner {part.Name} is in set {request.Set.Id} and not registered here; it is not restored."
                    : $"Owner {part.Name} {Ended(part)} in set {request.Set.Id}, so there is nothing of it to restore; an earlier set may hold it.");
            }
        }

        HashSet<RegisteredOwner> found = [.. owners];
        return found.Count > 0 ? [.. Engine.Owners.All.Where(found.Contains)] : throw new OperationRefusedException(OperationRefusal.NoSuchOwner, ErrorCode.NotFound,
            $"Set {request.Set.Id} holds nothing of the registered owners; register the owners that it holds, or choose another set.");
    }

    private async Task<RestoreRun> MakeRunAsync(RegisteredOwner owner, bool serves)
    {
        OwnerPart? part = request.Set.Part(owner.Registration.Sid.Value);
        if (part is not { IsStored: true } && (owner.HasOwnData || owner.IsProxied))
        {
            throw new OperationRefusedException(OperationRefusal.NoSuchOwner, ErrorCode.NotFound, part is null
                ? $"Set {request.Set.Id} holds nothing of owner {owner.Name} ({owner.Registration.Sid}); choose another set, or leave the owner out."
                : $"Owner {owner.Name} {Ended(part)} in set {request.Set.Id}, so there is nothing of it to restore; choose another set, or leave the owner out.");
        }

        if (request.Owners is not null && part is { Type: PartType.Quiesced } && owner.Registration.ActiveType == ActiveType.ActiveOnly)
        {
            throw new OperationRefusedException(OperationRefusal.NoSuchOwner, ErrorCode.NotFound,
                $"Owner {owner.Name} was only quiet while set {request.Set.Id} was made; the set holds no data of it.");
        }

        IReadOnlyList<OwnerPart> chain = [];
        RepositoryException? unreadable = null;
        try
        {
            chain = part is { IsStored: true } ? await request.Repository.ResolveCompleteChainAsync(part, stop) : [];
        }
        catch (RepositoryException e) when (IsOfOneOwner(owner, e))
        {
            unreadable = e;
        }
        catch (RepositoryException e) when (IsDamage(e))
        {
            throw NotRestorable(owner, request.Set.Id, e);
        }

        RestoreRun run = new(operation, request.Repository, owner, request.Set.Id, chain, stop) { Serves = serves, MayBeCommitted = operation.MayBeCommitted };
        if (unreadable is not null)
        {
            run.Refuse(Unreadable(owner, unreadable));
        }

        return run;
    }

    /// <summary>A manager of which a committed restore still waits takes no other restore: it would overwrite what is staged for others.</summary>
    private DataOwnerException? PendingFault(RegisteredOwner owner) =>
        owner.Registration.ActiveType == ActiveType.ActiveOnly || !operation.Pending.Contains(owner.Registration.Sid) ? null
        : new DataOwnerException(owner.Name, ErrorCode.InUse,
            $"Owner {owner.Name} keeps data for others, and a restore that an earlier run committed still waits for it; another restore would overwrite it. "
            + "Run a backup or a restore in place until it is rolled forward.");

    /// <summary>A set says whether managers handed over the owner's data; what was stored one way cannot be given back the other way.</summary>
    private static DataOwnerException? FormFault(RestoreRun run) =>
        run.Part is not { Drives.Count: > 0 } part || part.Type == PartType.Proxied == run.Owner.IsProxied ? null
        : new DataOwnerException(run.Owner.Name, ErrorCode.Corrupt, run.Owner.IsProxied
            ? $"Set {part.Set} holds no data of managers of owner {run.Owner.Name}; register it without ProxyManagers to restore this set."
            : $"Set {part.Set} holds data of owner {run.Owner.Name} that proxy managers keep; register them as they were when the set was made.");

    /// <summary>Data of one kind of owner means nothing to another one.</summary>
    private static DataOwnerException? KindFault(RestoreRun run) =>
        run.Part is not { Drives.Count: > 0 } part || !OwnerOrigins.IsOtherKind(run.Owner, part) ? null
        : new DataOwnerException(run.Owner.Name, ErrorCode.NotSupported,
            $"Set {part.Set} holds {OwnerOrigins.KindName(part.Kind)} of owner {run.Owner.Name}, and the owner is "
            + $"{OwnerOrigins.KindName(run.Owner.Registration.Kind)} here. Give the owner its kind of the set, or choose another set.");

    /// <summary>In place, data comes back to where it was backed up from, unless the request says otherwise.</summary>
    private DataOwnerException? SourceFault(RestoreRun run) =>
        !request.InPlace || request.AllowOtherSource || run.Part is not { } part || !OwnerOrigins.IsOtherSource(run.Owner, part) ? null
        : new DataOwnerException(run.Owner.Name, ErrorCode.NotSupported,
            $"Set {part.Set} holds data of owner {run.Owner.Name} from {part.Source}, and a restore in place would replace {run.Owner.Registration.Source} by it. "
            + "Restore to another place, or allow another source.");

    /// <summary>Refuses data in a newer version than the owner knows. A manager's version is that of its own part, with which it kept the data of
    /// others.</summary>
    private void CheckVersion(RestoreRun run, IReadOnlyList<RestoreRun> runs)
    {
        (string name, uint known) = (run.Owner.Name, run.Owner.Registration.DataVersion);
        OwnerPart? own = run.Serves ? request.Set.Part(run.Owner.Registration.Sid.Value) : null;
        if (run.Failure is null && run.Parts.Append(own).FirstOrDefault(p => p?.DataVersion > known) is { } newer)
        {
            Refuse(run, runs, OperationRefusal.NewerData, new DataOwnerException(name, ErrorCode.NotSupported,
                $"Set {newer.Set} holds data of owner {name} in version {newer.DataVersion}; the owner registered knows versions up to {known}. "
                + "Restore with a newer version of the owner, or choose an older set."));
        }
    }

    /// <summary>Asks an owner, drive by drive, whether it could take the restore: under the watchdog, outside of the engine's loop.</summary>
    private async Task AskPlanAsync(RestoreRun run, IReadOnlyList<RestoreRun> runs, CancellationToken enough)
    {
        using Watchdog planner = new(Engine, run.Owner.Planner!, run.Owner.Registration.NoProgressTimeout ?? Engine.Limits.NoProgressTimeout);
        foreach ((DriveNumber drive, long bytes) in PlannedDrives(run, runs))
        {
            OwnerCallResult answer = run.Failure is null ? await planner.InvokeAsync(OwnerCall.PlanRestore(drive, bytes), enough) : default;
            enough.ThrowIfCancellationRequested();
            if (answer.Failure is { } refusal)
            {
                Refuse(run, runs, OperationRefusal.RefusedByOwner, new DataOwnerException(run.Owner.Name, refusal.Code,
                    $"Owner {run.Owner.Name} refuses the restore: {OwnerWords.Of(run.Owner.Name, refusal.Message)}", refusal.Cause) { Call = OwnerCallKind.PlanRestore });
            }
        }
    }

    /// <summary>
    /// The drives that a plan is asked about: the owner's own, and those on which it is given data of owners it serves; with about how much will be staged.
    /// How much of their data is a manager's, a set does not say: -1 where that is all, not counted where it has data of its own, and -1 for an owner that
    /// managers serve.
    /// </summary>
    private static List<(DriveNumber Drive, long Bytes)> PlannedDrives(RestoreRun run, IReadOnlyList<RestoreRun> runs) =>
        [.. run.StoredDrives.Concat(runs.Where(r => r.Failure is null && r.Managers.Contains(run)).SelectMany(r => r.StoredDrives)).Distinct().Order()
            .Select(d => (d, run.StoredDrives.Contains(d) && !run.Owner.IsProxied ? run.StagedBytes(d) : -1))];

    /// <summary>Leaves a run out, and those it keeps data for. With a Required one among them nothing is restored, and nothing has changed.</summary>
    private void Refuse(RestoreRun run, IReadOnlyList<RestoreRun> runs, OperationRefusal refusal, DataOwnerException why)
    {
        List<RestoreRun> required = [.. runs.Where(r => !r.IsHelper && r.Failure is null && r.Owner.Registration.Policy == OwnerPolicy.Required)];
        run.Refuse(why);
        operation.FailJoined(run);
        if (required.Find(r => r.Failure is not null) is { Failure: { } failure })
        {
            throw new OperationRefusedException(refusal, failure.Code, failure.Message, failure);
        }
    }

    private static string Ended(OwnerPart part) => MissingOwner.ReasonOf(part) switch
    {
        MissingReason.Failed => "failed",
        MissingReason.Pruned => "was pruned",
        _ => "was skipped",
    };
}
