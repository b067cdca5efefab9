using System.Reactive.Concurrency;

namespace Conn.ActiveBackup.Client;

/// <summary>How a client runs its owner's callbacks and guards it against a lost engine.</summary>
public sealed record ActiveBackupClientOptions
{
    /// <summary>Where callbacks run, one at a time. Default: the thread pool.</summary>
    public IScheduler Scheduler { get; init; } = TaskPoolScheduler.Default;

    /// <summary>The clock of the lease. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The longest time the owner stays prepared without hearing from the engine. More than zero; default 90 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The owner's name in refusals. Default: its id.</summary>
    public string? Name { get; init; }
}
