using System.Reactive.Concurrency;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Timing;

namespace Conn.ActiveBackup.Client;

/// <summary>How a client runs its owner's callbacks and guards it against a lost engine.</summary>
public sealed record ActiveBackupClientOptions
{
    /// <summary>Where callbacks run, one at a time. A callback that blocks blocks this scheduler and nothing else. Default: the thread pool.</summary>
    public IScheduler Scheduler { get; init; } = TaskPoolScheduler.Default;

    /// <summary>The clock of the lease. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The longest time the owner stays prepared without hearing from the engine. 1 ms to 24 days; default 90 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The owner's name in refusals. Default: its id.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Receives what would otherwise be lost: no engine, a refusal, a preparation that failed, every exception that a callback throws, with its stack, once; not a
    /// cancellation that was asked for. Any thread. What it throws itself is counted (<see cref="DataOwnerParticipant.ErrorHandlerFailures"/>) and goes no further. Default: none; a
    /// <c>ConnHost</c> gives it that of its engine. The report has only the message.
    /// </summary>
    public Action<Exception>? OnError { get; init; }

    /// <summary>Wraps the calls before they reach the owner, on the owner's scheduler: for tests, faults and logging. Default: none.</summary>
    public Func<IOwnerChannel, IOwnerChannel>? Layer { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Scheduler);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Durations.Check(Lease, nameof(Lease));
    }
}
