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

    /// <summary>Gets how long a store whose connection was lost tries to connect again, before it ends. Zero: not at all. Default: without end.</summary>
    public TimeSpan ReconnectFor { get; init; } = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>Gets how long a store waits before it connects again; after each attempt that fails, twice as long. 1 ms or more. Default: 100 ms.</summary>
    public TimeSpan ReconnectPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets the longest wait between two attempts to connect again. Default: 10 s.</summary>
    public TimeSpan MaxReconnectPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
