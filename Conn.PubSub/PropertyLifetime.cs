namespace Conn.PubSub;

/// <summary>Says how long a definition and its value last. The numbers are stored and sent.</summary>
public enum PropertyLifetime
{
    /// <summary>Until it is deleted or the store ends. The default.</summary>
    Store = 0,

    /// <summary>Until the client that defined it is disposed, which deletes it; at the latest until the store ends.</summary>
    Client = 1,

    /// <summary>Until it is deleted: the store's persistence keeps it, with value and revision, across restarts.</summary>
    Persisted = 2,
}
