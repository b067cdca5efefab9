using System.Reactive.Concurrency;

namespace Conn.Ipc;

/// <summary>Says where the server is, and how this process takes part.</summary>
public sealed record IpcClientOptions
{
    /// <summary>Gets the path of the socket; null, the default, for <see cref="IpcSocketPath.Find"/>.</summary>
    public string? SocketPath { get; init; }

    /// <summary>Gets where deliveries and completions run. Null, the default, means the thread pool.</summary>
    public IScheduler? Scheduler { get; init; }

    /// <summary>Gets the handler of exceptions that an observer or a scheduler threw. Default: null.</summary>
    public Action<Exception>? ObserverFailed { get; init; }

    /// <summary>Gets how long connecting, and the last messages when something is closed, may take. Default: 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
