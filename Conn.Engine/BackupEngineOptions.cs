using System.Reactive.Concurrency;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Timing;
using Conn.Engine.Owners;
using Conn.Engine.Traces;
using Conn.PubSub;

namespace Conn.Engine;

/// <summary>What an engine runs on, and how long it waits. Checked when the engine is made.</summary>
public sealed record BackupEngineOptions
{
    /// <summary>The engine's client of the state bus, opened with the identity of <see cref="Conn.PubSub.Security.SecureId.Engine"/>. The caller disposes the
    /// store. One bus takes one engine.</summary>
    public required IPropertyClient Bus { get; init; }

    /// <summary>The clock of every time-out and of the reports. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Where the engine's loop runs and owners are called; for tests in virtual time. Null, the default: a thread of the engine's own, which also waits for its
    /// timers, so that nothing on the way to Normal depends on threads that owners can use up; owners are then called on the thread pool.
    /// </summary>
    public IScheduler? Scheduler { get; init; }

    /// <summary>The way for owners of this process to connect; give the same to the next engine, and the owners find it. Default: a new one.</summary>
    public InProcessTransport Transport { get; init; } = new();

    /// <summary>How long an owner may be silent inside a callback; progress starts it again. 1 ms to 24 days, or infinite for no limit; default 60 s.</summary>
    public TimeSpan NoProgressTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an owner may take to connect and confirm; progress starts it again. 1 ms to 24 days, or infinite for no limit; default 60 s.</summary>
    public TimeSpan ReadinessTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the termination of an owner is waited for. 1 ms to 24 days; default 5 s.</summary>
    public TimeSpan AbortTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many empty, unfinished sections in a row are asked again before the owner counts as hung. 1 to 1000; default 8.</summary>
    public int MaxEmptySections { get; init; } = 8;

    /// <summary>
    /// How many owners the engine asks at once while they get ready; the next one follows when one is ready or has failed. 1 to 100 000; default 64. All owners
    /// learn the mode at once and prepare by themselves side by side; only the engine's first calls of an owner wait.
    /// </summary>
    public int MaxPreparing { get; init; } = 64;

    /// <summary>
    /// Receives every event of every operation, in the engine's loop: be quick, and do not call the engine and wait. What it throws is reported to
    /// <see cref="OnError"/>. Null, the default, for no trace. <see cref="TraceFile"/> writes and reads entries.
    /// </summary>
    public Action<TraceEntry>? Trace { get; init; }

    /// <summary>
    /// Receives what went wrong beside an operation and did not end it: an observer or a trace that threw, code of an owner that threw after it was given up.
    /// Any thread; what it throws itself is counted in <see cref="BackupEngine.Faults"/>. Default: none.
    /// </summary>
    public Action<Exception>? OnError { get; init; }

    internal EngineLimits Validate()
    {
        ArgumentNullException.ThrowIfNull(Bus);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Transport);
        Durations.Check(NoProgressTimeout, nameof(NoProgressTimeout), mayBeInfinite: true);
        Durations.Check(ReadinessTimeout, nameof(ReadinessTimeout), mayBeInfinite: true);
        Durations.Check(AbortTimeout, nameof(AbortTimeout));
        Check(MaxEmptySections, 1000, nameof(MaxEmptySections));
        Check(MaxPreparing, 100_000, nameof(MaxPreparing));
        return new EngineLimits(NoProgressTimeout, ReadinessTimeout, AbortTimeout, MaxEmptySections, MaxPreparing);
    }

    private static void Check(int value, int most, string name)
    {
        if (value < 1 || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be 1 to {most}.");
        }
    }
}
