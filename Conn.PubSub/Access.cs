using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>
/// Invariant: who asks, and the last definitions that let them. Identities and policies never change, so a verdict holds as long as the
/// generation it was given for; a new definition is a new generation. Only consent is kept.
/// </summary>
internal sealed class Access(ClientIdentity identity, int client)
{
    private long _mayRead;
    private long _mayWrite;

    public ClientIdentity Identity => identity;

    /// <summary>Which client of the store; tells own publishes from others'.</summary>
    public int Client => client;

    /// <summary>True once the client is disposed. Guarded by the store's gate.</summary>
    public bool HasEnded { get; set; }

    public bool MayRead(Definition definition) => Volatile.Read(ref _mayRead) == definition.Generation || AskRead(definition);

    public bool MayWrite(Definition definition) => Volatile.Read(ref _mayWrite) == definition.Generation || AskWrite(definition);

    private bool AskRead(Definition definition)
    {
        bool passes = definition.MayRead(identity);
        if (passes)
        {
            Volatile.Write(ref _mayRead, definition.Generation);
        }

        return passes;
    }

    private bool AskWrite(Definition definition)
    {
        bool passes = definition.MayWrite(identity);
        if (passes)
        {
            Volatile.Write(ref _mayWrite, definition.Generation);
        }

        return passes;
    }
}
