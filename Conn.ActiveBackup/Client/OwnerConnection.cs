using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>What an owner connects with: who it is, and how the engine calls it.</summary>
/// <param name="Owner">The owner's secure id, registered with the engine.</param>
/// <param name="Channel">The way to the owner. The engine disposes it when the session ends; until then it makes its calls there.</param>
public sealed record OwnerConnection(SecureId Owner, IOwnerChannel Channel)
{
    /// <summary>False for an owner without callbacks: it is quiet while others are backed up (ReadyNoImpl). Default: true.</summary>
    public bool HasCallbacks { get; init; } = true;

    /// <summary>The owner's name, for whoever does not know its id. Default: null, unknown.</summary>
    public string? Name { get; init; }

    /// <summary>How long the owner stays prepared without hearing from the engine; 1 ms to 24 days. Default: 90 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(90);
}
