using Conn.Engine.Modes;
using Conn.Engine.Owners;
using Conn.Engine.Reports;
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

    public long Now => engine.Clock.GetTimestamp();

    public TimeSpan Since(long timestamp) => engine.Clock.GetElapsedTime(timestamp);

    /// <summary>A run of this operation failed; it has been terminated. What depends on it fails here, at once.</summary>
    public virtual void OnFailed(OwnerRun failed)
    {
    }

    public void Report(OperationPhase phase, string? owner = null, long bytes = 0, long expected = -1, ErrorCode error = default)
    {
        OperationProgress progress = new(phase, owner, bytes, expected) { Error = error };
        engine.Tracer?.Step(progress);
        engine.Progress.Notify(progress);
    }

    /// <summary>Publishes the mode of an operation.</summary>
    /// <param name="owners">The owners asked for: all that are registered make a full operation.</param>
    /// <param name="helpers">Managers that take part for others only.</param>
    /// <param name="full">The event of a full operation.</param>
    /// <param name="partial">The event of a partial one.</param>
    /// <param name="incType">Base or increment.</param>
    /// <param name="forcePartial">True for a partial operation, whoever takes part.</param>
    /// <exception cref="ConnException">The mode could not be published; nothing has changed.</exception>
    public void EnterMode(IReadOnlyCollection<RegisteredOwner> owners, IReadOnlyCollection<RegisteredOwner> helpers, BurModeEvent full, BurModeEvent partial,
        BackupIncType incType, bool forcePartial)
    {
        engine.Mode.Enter(owners.Count == engine.Owners.All.Count && !forcePartial ? full : partial, incType);
        engine.Span = new ModeSpan(engine.Mode.Current, [.. owners, .. helpers]);
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
            ErrorCode published = engine.Mode.GoNormal();
            if (!published.IsNone)
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

    /// <summary>Lets runs get ready, a bounded number at once: the state of the first calls of ten thousand owners need not all exist at the same
    /// time.</summary>
    /// <param name="runs">The runs, in the order in which they begin.</param>
    /// <param name="ready">Waits until one is ready; its outcome stays in its task.</param>
    /// <param name="started">Receives the tasks.</param>
    /// <param name="stop">No further run begins once it is cancelled.</param>
    /// <returns>Completes when all that began have ended; never fails.</returns>
    protected async Task GetReadyAsync(IEnumerable<OwnerRun> runs, Func<OwnerRun, Task> ready, List<Task> started, CancellationToken stop)
    {
        SemaphoreSlim free = new(engine.Limits.MaxPreparing);
        foreach (OwnerRun run in runs)
        {
            await free.WaitAsync(CancellationToken.None);
            if (stop.IsCancellationRequested)
            {
                break;
            }

            started.Add(OneAsync(run));
        }

        await SettleAsync(started);

        async Task OneAsync(OwnerRun run)
        {
            try
            {
                await ready(run);
            }
            finally
            {
                free.Release();
            }
        }
    }

    /// <summary>Waits until all have ended, however they ended: each outcome is kept where it happened.</summary>
    protected static async Task SettleAsync(IEnumerable<Task> tasks) =>
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>Releases the right to write. What the storage answers must not take the place of the operation's outcome.</summary>
    protected async Task ReleaseAsync(RepositoryWriterLock? writerLock)
    {
        try
        {
            await (writerLock?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (RepositoryException e)
        {
            Notes.Add($"The file that names the writer of the repository could not be removed; the next writer removes it: {e.Message}");
        }
    }
}
