using Conn.ActiveBackup.Contract;
using Conn.Engine.Modes;
using Conn.Engine.Proxies;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>A restore: planned without touching anything, every Required owner fed completely, prepared, decided durably, then put in place.</summary>
internal sealed class RestoreOperation : Operation<RestoreReport>
{
    private readonly RestoreRequest _request;
    private readonly List<string> _notes = [];
    private bool _committed;

    public RestoreOperation(BackupEngine engine, RestoreRequest request, CancellationToken abort)
        : base(engine, request.Holder, engine.Select(request.Owners), abort) => _request = request;

    public override async Task<RestoreReport> RunAsync()
    {
        Abort.ThrowIfCancellationRequested();
        RepositoryWriterLock? writerLock = _request.InPlace && !_request.PlanOnly
            ? await _request.Repository.LockForWritingAsync(_request.Holder, Abort) : null;
        await using (writerLock)
        {
            if (writerLock is not null)
            {
                _notes.AddRange(writerLock.Notes);
                ResumeReport resumed = await Engine.ResumeAsync(_request.Repository, writerLock, Abort);
                _notes.AddRange(resumed.Notes);
                StillPending = resumed.StillPending;
            }

            List<OwnerRestore> runs = RestoreOrder.Sort(Plan());
            List<OwnerRestore> owners = [.. runs.Where(o => !o.IsHelper)];
            await AskPlansAsync(owners);
            Report(OperationPhase.Planned);
            return _request.PlanOnly ? Result(owners) : await RunAsync(runs, owners, writerLock);
        }
    }

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

            owners.Add(new OwnerRestore(this, _request.Repository, owner, _request.Set.Id,
                part is { IsStored: true } ? _request.Repository.ResolveChain(part) : []) { Serves = Serves(owner) });
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

    private async Task AskPlansAsync(List<OwnerRestore> owners)
    {
        foreach (OwnerRestore owner in owners)
        {
            if (_request.Plans.TryGetValue(owner.Owner.Registration.Sid, out IRestorePlan? plan))
            {
                foreach (DriveNumber drive in owner.Drives)
                {
                    try
                    {
                        await plan.PlanRestoreAsync(drive, owner.ExpectedBytes, Abort);
                    }
                    catch (ConnException e) when (owner.Owner.Registration.Policy == OwnerPolicy.BestEffort)
                    {
                        owner.Refuse(e);
                        break;
                    }
                    catch (ConnException e)
                    {
                        throw new OperationRefusedException(OperationRefusal.RefusedByOwner, e.Code, $"Owner {owner.Owner.Name} refuses the restore: {e.Message}", e);
                    }
                }
            }
        }
    }

    private async Task<RestoreReport> RunAsync(List<OwnerRestore> runs, List<OwnerRestore> owners, RepositoryWriterLock? writerLock)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Abort);
        List<Task> readying = [];
        try
        {
            EnterMode(BurModeEvent.StartRestoreFull, BurModeEvent.StartRestorePartial,
                owners.Any(o => o.Part?.Type == SetType.Increment) ? BackupIncType.Increment : BackupIncType.Base);
            await ReadyAsync(runs, owners, readying, stop.Token);
            await FeedAsync(runs, owners, stop.Token);
            if (!MustStop(owners))
            {
                await CommitAsync(runs, writerLock);
            }

            return Result(owners);
        }
        finally
        {
            stop.Cancel();
            await SettleAsync(readying);
            await LeaveAsync(runs.Where(o => !o.Completed && !(_committed && o.Failure is null)).Select(o => LetGoAsync(o.Owner, o.Failure, _notes)), _notes);
        }
    }

    /// <summary>Waits until all are ready, or nothing can come of it any more: a Required owner's failure is told without waiting for the others.</summary>
    private static async Task ReadyAsync(List<OwnerRestore> runs, List<OwnerRestore> owners, List<Task> readying, CancellationToken abort)
    {
        TaskCompletionSource hopeless = new();
        readying.AddRange(runs.Select(WatchAsync));
        Task all = Task.WhenAll(readying);
        await Task.WhenAny(all, hopeless.Task);
        if (all.IsCompleted)
        {
            await all;
        }

        async Task WatchAsync(OwnerRestore run)
        {
            await run.ReadyAsync(abort);
            if (run.Failure is not null && MustStop(owners))
            {
                hopeless.TrySetResult();
            }
        }
    }

    /// <summary>Everything to everybody, then prepared; owners joined by a manager only when all of them were fed.</summary>
    private static async Task FeedAsync(List<OwnerRestore> runs, List<OwnerRestore> owners, CancellationToken abort)
    {
        foreach (OwnerRestore owner in runs.TakeWhile(_ => !MustStop(owners)))
        {
            await owner.FeedAsync(abort);
            if (!owner.IsTied)
            {
                await owner.PrepareAsync(abort);
            }
            else if (owner.Failure is not null)
            {
                ProxyTies.Carry(runs);
            }
        }

        ProxyTies.Carry(runs);
        foreach (OwnerRestore owner in runs.Where(o => o.IsTied).TakeWhile(_ => !MustStop(owners)))
        {
            await owner.PrepareAsync(abort);
            if (owner.Failure is not null)
            {
                ProxyTies.Carry(runs);
            }
        }
    }

    private static bool MustStop(List<OwnerRestore> owners) =>
        owners.Any(o => o.Failure is not null && o.Owner.Registration.Policy == OwnerPolicy.Required) || owners.All(o => o.Failure is not null);

    private async Task CommitAsync(List<OwnerRestore> owners, RepositoryWriterLock? writerLock)
    {
        Abort.ThrowIfCancellationRequested();
        List<OwnerRestore> complete = [.. owners.Where(o => o.Failure is null)];
        List<OwnerRestore> deciding = [.. complete.Where(o => o.Prepared.Count > 0)];
        RestoreRecord? record = writerLock is null || deciding.Count == 0 ? null : await _request.Repository.CommitRestoreAsync(writerLock, new NewRestoreRecord
        {
            Owners = [.. deciding.Select(o => new RestoreOwner
            {
                Name = o.Owner.Name, Sid = o.Owner.Registration.Sid.Value, Set = o.Set, Drives = o.Prepared, ChangesParent = o.Part is { Drives.Count: > 0 },
            })],
        }, Abort);
        _committed = true;
        Report(OperationPhase.Committed);
        if (record is not null)
        {
            await SupersedeAsync(record, writerLock!);
        }

        foreach (OwnerRestore owner in complete)
        {
            await owner.CompleteAsync(_request.Checksums);
            if (owner.Completed && record is not null && owner.Prepared.Count > 0)
            {
                record = await RecordAsync(owner, record, writerLock!);
            }
        }

        Report(OperationPhase.RecordClosed);
    }

    /// <summary>What an earlier run had decided for the same owners, and not finished, must not come over what is decided now.</summary>
    private async Task SupersedeAsync(RestoreRecord decided, RepositoryWriterLock writerLock)
    {
        try
        {
            foreach (RestoreRecord earlier in await _request.Repository.ListPendingRestoresAsync(CancellationToken.None))
            {
                RestoreRecord open = earlier;
                foreach (RestoreOwner owner in earlier.Owners.Where(o => earlier.Number < decided.Number && !o.Completed && decided.Owners.Any(d => d.Sid == o.Sid)))
                {
                    open = await _request.Repository.CompleteRestoreOwnerAsync(writerLock, open, owner.Sid, CancellationToken.None);
                    _notes.Add($"Owner {owner.Name}: the restore of set {owner.Set} that an earlier run had decided is replaced by this one.");
                }
            }
        }
        catch (RepositoryException e)
        {
            _notes.Add($"An earlier restore of the same owners is decided, and that this one replaces it could not be recorded: {e.Message} Restore again before anything else.");
        }
    }

    /// <summary>Records that an owner is in place. A storage that fails here must not keep the others from being put in place.</summary>
    private async Task<RestoreRecord> RecordAsync(OwnerRestore owner, RestoreRecord record, RepositoryWriterLock writerLock)
    {
        try
        {
            return await _request.Repository.CompleteRestoreOwnerAsync(writerLock, record, owner.Owner.Registration.Sid.Value, CancellationToken.None);
        }
        catch (RepositoryException e)
        {
            _notes.Add($"Owner {owner.Owner.Name} is in place, and that could not be recorded: {e.Message} The next run records it.");
            return record;
        }
    }

    private RestoreReport Result(List<OwnerRestore> owners) => new()
    {
        Set = _request.Set,
        Committed = _committed,
        Outcome = owners.Any(o => o.Failure is not null && (!_committed || o.Owner.Registration.Policy == OwnerPolicy.Required)) ? OperationOutcome.Failed
            : owners.Any(o => o.Failure is not null || o.LeftSomethingOut) ? OperationOutcome.Partial : OperationOutcome.Succeeded,
        Owners = [.. owners.Select(o => o.Report(_committed || _request.PlanOnly))],
        Notes = _notes,
    };
}
