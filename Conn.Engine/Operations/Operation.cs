using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Modes;
using Conn.Engine.Owners;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;

namespace Conn.Engine.Operations;

/// <summary>What every operation has: who asked, the abort, the notes of its report, and the way into a mode and back to Normal. Runs in the engine's
/// loop.</summary>
internal abstract class Operation(EngineState engine, string holder, CancellationToken abort)
{
    public EngineState Engine => engine;

    /// <summary>Who asked for it: named to others that want the engine at the same time.</summary>
    public string Holder => holder;

    /// <summary>Cancelled when the requester aborts.</summary>
    public CancellationToken Abort => abort;

    /// <summary>The notes of the report: what was repaired on the way, what could not be done.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Owners of which a committed restore still waits to be rolled forward: what they staged must stay.</summary>
    public IReadOnlySet<SecureId> Pending { get; set; } = new HashSet<SecureId>();

    /// <summary>Whether the operation has reached a point from which it is carried through, whoever aborts it.</summary>
    public bool IsCommitted { get; private set; }

    public long Now => engine.Clock.GetTimestamp();

    public TimeSpan Since(long timestamp) => engine.Clock.GetElapsedTime(timestamp);

    /// <summary>A run of this operation failed; it has been terminated. What depends on it fails here, at once.</summary>
    public virtual void OnFailed(OwnerRun failed)
    {
    }

    public void Report(OperationPhase phase, string? owner = null, long bytes = 0, long expected = -1, ErrorCode error = default)
    {
        IsCommitted |= phase is OperationPhase.Committed or OperationPhase.Renamed;
        OperationProgress progress = new(phase, owner, bytes, expected) { Error = error };
        engine.Tracer?.Step(progress);
        engine.Progress.Notify(progress);
    }

    /// <summary>Publishes the mode of an operation.</summary>
    /// <param name="runs">The runs; those that are no helpers were asked for, and when all registered owners were, the operation is a full one.</param>
    /// <param name="full">The event of a full operation.</param>
    /// <param name="partial">The event of a partial one.</param>
    /// <param name="incType">Base or increment.</param>
    /// <param name="forcePartial">True for a partial operation, whoever takes part.</param>
    /// <exception cref="ConnException">The mode could not be published; nothing has changed.</exception>
    public async Task EnterModeAsync(IReadOnlyCollection<OwnerRun> runs, BurModeEvent full, BurModeEvent partial, BackupIncType incType, bool forcePartial)
    {
        await engine.Mode.EnterAsync(runs.Count(r => !r.IsHelper) == engine.Owners.All.Count && !forcePartial ? full : partial, incType);
        engine.Span = new ModeSpan(engine.Mode.Current, runs.Select(r => r.Owner), runs.Aggregate(DriveList.Empty, (all, r) => all.Union(r.Drives)));
        Report(OperationPhase.ModeEntered);
    }

    /// <summary>The way to Normal: never refused, whatever happened before. Unfinished owners are terminated side by side first.</summary>
    public async Task LeaveModeAsync(IEnumerable<OwnerRun> runs)
    {
        try
        {
            await Task.WhenAll(runs.Select(r => r.EndAsync()));
        }
        finally
        {
            ErrorCode published = await engine.Mode.GoNormalAsync();
            if (!published.IsSuccess)
            {
                Notes.Add($"The mode Normal could not be published ({published}); the engine is in Normal all the same.");
            }

            engine.Span = null;
            foreach (RegisteredOwner owner in engine.Owners.All)
            {
                owner.End();
            }

            Report(OperationPhase.Normal);
        }
    }

    /// <summary>Gives the runs of proxied owners those of their managers; one whose managers are not registered as such is refused.</summary>
    /// <param name="runs">All runs, those of managers included.</param>
    /// <param name="join">Gives one its managers.</param>
    public void JoinManagers<T>(IReadOnlyCollection<T> runs, Action<T, IReadOnlyList<T>> join)
        where T : OwnerRun
    {
        Dictionary<RegisteredOwner, T> byOwner = runs.ToDictionary(r => r.Owner);
        foreach (T run in runs.Where(r => !r.IsHelper && r.Owner.IsProxied))
        {
            try
            {
                join(run, [.. engine.Owners.ManagersOf(run.Owner).Select(m => byOwner[m])]);
            }
            catch (DataOwnerException e)
            {
                run.Refuse(e);
            }
        }
    }

    /// <summary>Begins runs in the mode that was published, and lets them get ready side by side.</summary>
    /// <returns>For each run a task that completes when it is ready or has failed.</returns>
    public IReadOnlyList<Task> Begin(IReadOnlyCollection<OwnerRun> runs)
    {
        foreach (OwnerRun run in runs)
        {
            run.Begin();
        }

        // Only now: the failure of one may fail others, which must have begun.
        foreach (OwnerRun run in runs)
        {
            run.LookForFailure();
        }

        return [.. runs.Select(r => r.Ready)];
    }

    /// <summary>Runs a step of an owner in one of a bounded number of places: what is asked of ten thousand owners need not all exist at once.</summary>
    /// <param name="step">The step.</param>
    /// <param name="stop">When it is cancelled, a step that waits for a place is not begun.</param>
    public async Task InPlaceAsync(Func<Task> step, CancellationToken stop)
    {
        await engine.Places.WaitAsync(CancellationToken.None);
        try
        {
            stop.ThrowIfCancellationRequested();
            await step();
        }
        finally
        {
            engine.Places.Release();
        }
    }

    /// <summary>Runs a step of the storage whose failure changes nothing of the outcome: whatever it throws becomes a note.</summary>
    /// <param name="step">The step.</param>
    /// <param name="note">The beginning of the note: what could not be done, and what follows.</param>
    public async Task NoteFailureAsync(Func<Task> step, string note)
    {
        try
        {
            await step();
        }
#pragma warning disable CA1031 // A storage may throw anything, and nothing that fails here may take the place of the outcome.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Notes.Add($"{note}: {OwnerCallFailure.MessageOf(e)}");
        }
    }

    /// <summary>Lets the first of several tasks that fails stop the others.</summary>
    public static async Task StopOnErrorAsync(Task task, CancellationTokenSource stop)
    {
        try
        {
            await task;
        }
        catch
        {
            stop.Cancel();
            throw;
        }
    }

    /// <summary>Waits until all have ended, however they ended: each outcome is kept where it happened.</summary>
    protected static async Task SettleAsync(IEnumerable<Task> tasks) =>
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>Releases the right to write.</summary>
    protected Task ReleaseAsync(RepositoryWriterLock? writerLock) => writerLock is null ? Task.CompletedTask
        : NoteFailureAsync(
            async () => await writerLock.DisposeAsync(), "The file that names the writer of the repository could not be removed; the next writer removes it");
}
