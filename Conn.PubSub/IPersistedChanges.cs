namespace Conn.PubSub;

/// <summary>Gives a store's changes to its persistence.</summary>
public interface IPersistedChanges
{
    /// <summary>Takes the changes since the last take. The store's lock is held only for as long as they are many.</summary>
    /// <param name="changes">The changed properties; one without a definition was deleted.</param>
    /// <returns>False when the store is disposed.</returns>
    bool TryTake(out PersistedState changes);

    /// <summary>Runs an action on the store's scheduler, or on the pool if that refuses.</summary>
    /// <param name="action">The action; its exceptions are reported to the store's handler.</param>
    void Schedule(Action action);
}
