using Conn.PubSub.Security;

namespace Conn.PubSub.Core;

/// <summary>The rights of one client or handle. Caches grants, never denials: identities and policies do not change, so a grant holds for the whole life of a
/// definition.</summary>
internal sealed class Access(ClientIdentity identity, ClientState client)
{
    private long _mayRead;
    private long _mayWrite;

    public ClientIdentity Identity => identity;

    public ClientState Client => client;

    /// <summary>The number of the client: distinguishes own publishes from others'.</summary>
    public int Writer => client.Number;

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
