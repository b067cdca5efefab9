using System.Reactive.Concurrency;
using Conn.Engine.Traces;
using Conn.PubSub;

namespace Conn.Engine;

/// <summary>What an engine runs on, and how long it waits.</summary>
public sealed record BackupEngineOptions
{
    /// <summary>The engine's client of the state bus, opened with the identity of <see cref="Conn.PubSub.Security.SecureId.Engine"/>. The caller disposes the store.</summary>
    public required PropertyClient Bus { get; init; }

    /// <summary>The clock of every time-out and of the reports. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the engine's serial loop runs. Default: the thread pool.</summary>
    public IScheduler Scheduler { get; init; } = TaskPoolScheduler.Default;

    /// <summary>How long an owner may be silent inside a callback; progress renews it. More than zero; default 60 s.</summary>
    public TimeSpan NoProgressTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an owner may take to connect and confirm; progress renews it. More than zero; default 60 s.</summary>
    public TimeSpan ReadinessTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an owner is waited for when everything is let go. More than zero; default 5 s.</summary>
    public TimeSpan AbortTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many empty, unfinished sections in a row are asked again before the owner is taken for hung. 1 or more; default 8.</summary>
    public int MaxEmptySections { get; init; } = 8;

    /// <summary>
    /// Takes every event of every operation, in the engine's loop: be quick, and do not call the engine and wait. What it throws is counted and changes nothing.
    /// Null, the default, for no trace. <see cref="TraceFile"/> writes and reads entries.
    /// </summary>
    public Action<TraceEntry>? Trace { get; init; }
}
