using Conn.ActiveBackup.Contract;
using Conn.Engine.Modes;
using Conn.Engine.Proxies;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>A restore: planned without touching anything, every Required owner fed completely, prepared, decided durably, then put in place.</summary>
internal sealed partial class RestoreOperation : Operation<RestoreReport>
{
    private readonly RestoreRequest _request;
    private readonly List<string> _notes = [];
    private bool _committed;
    private ResumeReport? _resumed;

    public RestoreOperation(BackupEngine engine, RestoreRequest request, CancellationToken abort)
        : base(engine, request.Holder, engine.Select(request.Owners), abort) => _request = request;

    public override async Task<RestoreReport> RunAsync()
    {
        Abort.ThrowIfCancellationRequested();
        RepositoryWriterLock? writerLock = _request.InPlace && !_request.PlanOnly
            ? await _request.Repository.LockForWritingAsync(_request.Holder, Abort) : null;
        try
        {
            if (writerLock is not null)
            {
                _notes.AddRange(writerLock.Notes);
                _resumed = await Engine.ResumeAsync(_request.Repository, writerLock, Abort);
                _notes.AddRange(_resumed.Notes);
                StillPending = _resumed.StillPending;
            }
            else if (!_request.PlanOnly)
            {
                StillPending = await PendingAsync();
            }

            List<OwnerRestore> runs = RestoreOrder.Sort(Plan());
            List<OwnerRestore> owners = [.. runs.Where(o => !o.IsHelper)];
            CheckVersions(runs);
            await AskPlansAsync(runs);
            runs.RemoveAll(o => o.IsIdleHelper);
            Report(OperationPhase.Planned);
            return _request.PlanOnly ? Result(owners) : await RunAsync(runs, owners, writerLock);
        }
        finally
        {
            await GiveBackAsync(writerLock, _notes);
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

            if (_resumed is not null)
            {
                await CloseGoneAsync(_request.Repository, writerLock!, _resumed, _notes);
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

    private RestoreReport Result(List<OwnerRestore> owners)
    {
        // A plan foretells: what would be decided counts as decided.
        bool decided = _committed || (_request.PlanOnly && !MustStop(owners));
        bool failed = _isUnseen || owners.Any(o => o.Failure is not null && (!decided || o.Owner.Registration.Policy == OwnerPolicy.Required)) || RollForwardFailed(owners);
        return new RestoreReport
        {
            Set = _request.Set,
            Committed = _committed,
            Outcome = failed ? OperationOutcome.Failed
                : owners.Any(o => o.Failure is not null || o.LeftSomethingOut) ? OperationOutcome.Partial : OperationOutcome.Succeeded,
            Owners = [.. owners.Select(o => o.Report(_committed || _request.PlanOnly, _request.PlanOnly))],
            Notes = _notes,
        };
    }

    /// <summary>Whether an owner of an earlier restore could not be rolled forward, and this one has not put something newer in its place.</summary>
    private bool RollForwardFailed(List<OwnerRestore> owners) =>
        _resumed is not null && !_resumed.Failed.All(sid => _committed && owners.Any(o => o.Completed && o.Owner.Registration.Sid == sid));
}
