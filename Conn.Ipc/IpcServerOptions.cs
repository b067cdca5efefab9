using Conn.ActiveBackup.Client;
using Conn.PubSub;

namespace Conn.Ipc;

/// <summary>Says what a server serves, where, and to whom.</summary>
public sealed record IpcServerOptions
{
    /// <summary>Gets the path of the socket; null, the default, for <see cref="IpcSocketPath.Find"/>. The folder is created with mode 0700.</summary>
    public string? SocketPath { get; init; }

    /// <summary>Gets the number of the group whose users may connect too; null, the default, for this user alone. The folder and the socket are given to it, with the
    /// modes 0710 and 0660. What a user may do there is said by <see cref="Identities"/> alone.</summary>
    public uint? SocketGroup { get; init; }

    /// <summary>Gets the state bus; null, the default, for none. The server does not dispose it.</summary>
    public PropertyStore? Store { get; init; }

    /// <summary>Gets the engine that owners connect to; null, the default, for none.</summary>
    public IOwnerGateway? Owners { get; init; }

    /// <summary>Gets the ways to ask owners of other processes outside of operations; null, the default, for none: they are not asked.</summary>
    public IpcPlanners? Planners { get; init; }

    /// <summary>Gets what answers the requests of processes that may ask; null, the default, for none. It is called on the thread pool; its token is cancelled when
    /// the process cancels, or is gone. A <see cref="ConnException"/> that it throws reaches the process as its code and its message.</summary>
    public Func<IpcRequest, CancellationToken, Task<string>>? Requests { get; init; }

    /// <summary>Gets what connections wait for before they are served: the socket is there at once, so that no second server begins. It must not fail. Default: nothing.</summary>
    public Task ServeAfter { get; init; } = Task.CompletedTask;

    /// <summary>Gets who may do what. Default: <see cref="IpcIdentityPolicy.OwnUser"/>.</summary>
    public IpcIdentityPolicy Identities { get; init; } = IpcIdentityPolicy.OwnUser;

    /// <summary>Gets the receiver of one line for each refusal and each connection that was ended for a fault. Any thread. Default: null.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Gets how long a peer may take to say what it wants. Default: 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets how long a peer may not read what is sent to it. Default: 10 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the most bytes of one message. Default: 16 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 16 << 20;

    /// <summary>Gets the most connections of all users together. Default: 1024.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Gets the clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Whether sections of owners go through shared memory, where the system has it. Default: true. Tests try the connection with false.</summary>
    internal bool SharesMemory { get; init; } = true;
}
