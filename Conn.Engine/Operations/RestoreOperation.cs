using Conn.ActiveBackup;
using Conn.Engine.Modes;
using Conn.Engine.Owners;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>A restore: planned without changing anything, every Required owner fed completely, prepared, committed durably, then put in place.</summary>
internal sealed class RestoreOperation(EngineState engine, RestoreRequest request, CancellationToken abort) : Operation(engine, request.Holder, abort)
{
    private CancellationTokenSource? _stop; // while it runs
    private IReadOnlyList<RestoreRun> _runs = [];
    private RestoreCommit _commit = null!;

    private IEnumerable<RestoreRun> Asked => _runs.Where(r => !r.IsHelper);

    /// <summary>Whether nothing can come of it any more: before the commit, a Required owner failed, or every owner did.</summary>
    private bool MustStop => Asked.Any(r => r.Failure is not null && r.Owner.Registration.Policy == OwnerPolicy.Required) || Asked.All(r => r.Failure is not null);

    /// <summary>Whether what was prepared may have to be put in place: the owners keep it then.</summary>
    public bool MayBeCommitted() => _commit.State != CommitState.NotCommitted;

    public async Task<RestoreReport> RunAsync()
    {
        Abort.ThrowIfCancellationRequested();
        RepositoryWriterLock? writerLock = request.InPlace && !request.PlanOnly ? await request.Repository.LockForWritingAsync(request.Holder, Abort) : null;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Abort);
        try
        {
            _stop = stop;
            _commit = new RestoreCommit(request.Repository, writerLock, this);
            RestoreResume? earlier = await SettleEarlierAsync(writerLock);
            RestorePlanning planning = new(this, request, stop.Token);
            _runs = await planning.MakeRunsAsync();
            await planning.CheckAsync(_runs);
            _runs = [.. _runs.Where(r => !r.IsHelper || ServedBy(r).Any(s => s.Failure is null))];
            Report(OperationPhase.Planned);
            if (!request.PlanOnly && !MustStop)
            {
                await RunInModeAsync(stop);
            }

            await (earlier?.CloseLostAsync() ?? Task.CompletedTask);
            return Result(earlier);
        }
        finally
        {
            _stop = null;
            await ReleaseAsync(writerLock);
        }
    }

    /// <summary>Owners joined by a manager fail together before the commit; when nothing can come of the restore any more, everything stops at once.</summary>
    public override void OnFailed(OwnerRun failed)
    {
        if (_commit.State == CommitState.Committed || !_runs.Contains(failed))
        {
            return;
        }

        if (!MayBeCommitted())
        {
            FailJoined(failed);
        }

        if (MustStop)
        {
            // In a turn of its own: what waits for the token must not go on in the middle of this failure. In the last moment nothing is left to stop.
            Engine.Loop.Post(_ => _stop?.Cancel(), null);
        }
    }

    /// <summary>Fails the owners that a failed run serves, and the managers that hold its data: a manager puts in place all it has staged, or
    /// nothing.</summary>
    public void FailJoined(OwnerRun failed)
    {
        foreach (RestoreRun run in _runs.Where(r => r.Failure is null))
        {
            if (run.Managers.Any(m => m == failed))
            {
                FailWith(run, failed.Failure!.AsManagerOf(run.Owner));
            }
            else if (run.KeepsFor.Any(o => o == failed))
            {
                FailWith(run, failed.Failure!.AsFailureOf(
                    run.Owner, $"Owner {run.Owner.Name} has staged data of owner {failed.Owner.Name}, which failed; it drops all it staged"));
            }
        }
    }

    /// <summary>In a mode a failure is reported and terminates, and fails what is joined with it. While the restore is planned it is only recorded.</summary>
    private void FailWith(RestoreRun run, DataOwnerException failure)
    {
        if (Engine.Span is not null)
        {
            run.Fail(failure);
        }
        else
        {
            run.Refuse(failure);
            FailJoined(run);
        }
    }

    private IEnumerable<RestoreRun> ServedBy(RestoreRun manager) => _runs.Where(r => r.Managers.Contains(manager));

    /// <summary>In place, earlier restores are rolled forward first. Elsewhere they are only looked at: what they staged must stay.</summary>
    private async Task<RestoreResume?> SettleEarlierAsync(RepositoryWriterLock? writerLock)
    {
        if (writerLock is not null)
        {
            Notes.AddRange(writerLock.Notes);
            RestoreResume earlier = new(this, request.Repository, writerLock);
            await earlier.RunAsync();
            return earlier;
        }

        if (!request.PlanOnly)
        {
            Pending = (await request.Repository.Restores.ListPendingAsync(Abort))
                .SelectMany(r => r.Owners.Where(o => !o.Completed).Select(o => new SecureId(o.Sid))).ToHashSet();
        }

        return null;
    }

    private async Task RunInModeAsync(CancellationTokenSource stop)
    {
        IReadOnlyList<Task> ready = [];
        try
        {
            await EnterModeAsync(_runs, BurModeEvent.StartRestoreFull, BurModeEvent.StartRestorePartial,
                Asked.Any(r => r.Part?.Type == PartType.Increment) ? BackupIncType.Increment : BackupIncType.Base, request.Partial);
            ready = Begin(_runs);
            await CompleteAsync(await CommitAsync(ready, stop.Token));
        }
        finally
        {
            stop.Cancel();
            await SettleAsync(ready);
            await LeaveModeAsync(_runs);
        }
    }

    /// <summary>Stages everything and commits it: the point of no return.</summary>
    /// <returns>What is to be put in place if the restore is committed.</returns>
    private async Task<IReadOnlyList<RestoreRun>> CommitAsync(IReadOnlyList<Task> ready, CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(ready);
            await StageAsync(stop);
            await _commit.PrepareAsync(stop);
            stop.ThrowIfCancellationRequested();
            if (MustStop)
            {
                return [];
            }

            // From here to the write nothing is awaited: an owner that fails before may drop what it has prepared, and is not in the record.
            List<RestoreRun> complete = [.. _runs.Where(r => r.Failure is null)];
            await _commit.WriteAsync([.. complete.Where(r => r.Prepared.Count > 0).Select(r => new RestoreOwner
            {
                Name = r.Owner.Name, Sid = r.Owner.Registration.Sid.Value, Set = r.Set, Drives = r.Prepared, ChangesParent = r.Part is { Drives.Count: > 0 },
            })], stop);
            return complete;
        }
        catch (OperationCanceledException) when (MustStop && !Abort.IsCancellationRequested)
        {
            // A Required owner failed; the report says which.
            return [];
        }
    }

    /// <summary>Everything to every owner, then prepared; owners joined by a manager prepare when all of them were fed.</summary>
    private async Task StageAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        foreach (RestoreRun run in _runs)
        {
            await run.FeedAsync();
            await (IsJoined(run) ? Task.CompletedTask : run.PrepareAsync());
        }

        foreach (RestoreRun run in _runs.Where(IsJoined))
        {
            await run.PrepareAsync();
        }
    }

    private static bool IsJoined(RestoreRun run) => run.Serves || run.Owner.IsProxied;

    /// <summary>What follows from the commit, whatever happens.</summary>
    private async Task CompleteAsync(IReadOnlyList<RestoreRun> complete)
    {
        if (_commit.State != CommitState.Committed)
        {
            return;
        }

        Report(OperationPhase.Committed);
        foreach (RestoreRun run in complete)
        {
            await run.CompleteAsync(request.Checksums);
            if (run.Failure is null)
            {
                await _commit.MarkCompletedAsync(run.Owner.Name, run.Owner.Registration.Sid.Value);
            }
        }

        Report(OperationPhase.RecordClosed);
    }

    private RestoreReport Result(RestoreResume? earlier)
    {
        bool committed = _commit.State == CommitState.Committed;
        bool counts = committed || (request.PlanOnly && !MustStop);
        List<OwnerReport> owners = [.. Asked.Select(r => r.Report(counts, request.PlanOnly))];
        Dictionary<SecureId, OwnerPolicy> policies = Asked.ToDictionary(r => r.Owner.Registration.Sid, r => r.Owner.Registration.Policy);
        bool failed = _commit.State == CommitState.Unknown
            || owners.Exists(o => o.Outcome == OwnerOutcome.Failed && (!counts || policies[o.Sid] == OwnerPolicy.Required))
            || earlier?.Failed.Any(sid => !committed || !Asked.Any(r => r.IsFinished && r.Owner.Registration.Sid == sid)) == true;
        return new RestoreReport
        {
            SetId = request.Set.Id,
            PlanOnly = request.PlanOnly,
            Committed = committed,
            CommitUnknown = _commit.State == CommitState.Unknown,
            Outcome = failed ? OperationOutcome.Failed
                : owners.Exists(o => o.Outcome is OwnerOutcome.Failed or OwnerOutcome.Incomplete) ? OperationOutcome.Partial : OperationOutcome.Succeeded,
            Owners = owners,
            Notes = Notes,
        };
    }
}
