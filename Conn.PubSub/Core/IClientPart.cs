namespace Conn.PubSub.Core;

/// <summary>What ends with its client: a handle, an observation, a watch, a definition with the client's lifetime.</summary>
internal interface IClientPart
{
    /// <summary>Links of the client's list. Guarded by the store's lock.</summary>
    IClientPart? PreviousPart { get; set; }

    /// <summary>As <see cref="PreviousPart"/>.</summary>
    IClientPart? NextPart { get; set; }

    /// <summary>Ends it, without running user code. Called under the store's lock, after it left the list.</summary>
    /// <returns>What is left to do outside the lock; null for nothing.</returns>
    Action? EndWithClient();
}
