using System.Reactive.Concurrency;
using Conn.ActiveBackup;
using Conn.Engine.Loop;
using Conn.Engine.Modes;
using Conn.Engine.Reports;
using Conn.Engine.Traces;

namespace Conn.Engine.Owners;

/// <summary>What every part of an engine shares. Used in the engine's loop only, except where a member says otherwise.</summary>
internal sealed class EngineState
{
    public required EngineLoop Loop { get; init; }

    /// <summary>The engine's clock. Any thread.</summary>
    public TimeProvider Clock => Loop.Clock;

    public required EngineLimits Limits { get; init; }

    public required EngineFaults Faults { get; init; }

    public required ModePublisher Mode { get; init; }

    public required OwnerGraph Owners { get; init; }

    public required ProgressObservers Progress { get; init; }

    /// <summary>The places of owners that are asked at the same time while they get ready.</summary>
    public required SemaphoreSlim Places { get; init; }

    /// <summary>Null when no trace is wanted.</summary>
    public OperationTracer? Tracer { get; init; }

    /// <summary>Where channels are called: the virtual scheduler of a test, or null for the thread pool. Any thread.</summary>
    public IScheduler? CallScheduler { get; init; }

    /// <summary>Who takes part while the mode is that of an operation; null in Normal.</summary>
    public ModeSpan? Span { get; set; }

    /// <summary>The current mode; in Normal without drives.</summary>
    public BurModeInfo ModeInfo => new(Span?.Drives ?? DriveList.Empty, Mode.Current);

    /// <summary>Runs code that is not the engine's on a thread that nothing waits for. Whatever it throws is reported. Any thread.</summary>
    public void RunOutside<T>(Action<T> code, T state)
    {
        if (CallScheduler is { } scheduler)
        {
            scheduler.Schedule(() => Guarded(code, state));
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static s => s.Item1.Guarded(s.code, s.state), (this, code, state), preferLocal: true);
        }
    }

    private void Guarded<T>(Action<T> code, T state)
    {
        try
        {
            code(state);
        }
#pragma warning disable CA1031 // It is not the engine's code: it may throw anything, and ends nothing.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Faults.Report(e);
        }
    }
}
