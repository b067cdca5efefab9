namespace Conn.PubSub;

/// <summary>Keeps the persisted properties of one store. Conn.PubSub.Extensions has one that uses a file.</summary>
/// <remarks>The store calls <see cref="Load"/> once, then <see cref="Changed"/> from any thread, then <see cref="Close"/> once.</remarks>
public interface IPropertyPersistence
{
    /// <summary>Reads what was kept. The store continues with the returned revision.</summary>
    /// <param name="changes">Where the changes are taken from, from now until <see cref="Close"/>.</param>
    /// <returns>The properties and the revision. No revision after it was given to a publish before.</returns>
    /// <exception cref="ConnException">Corrupt, or InUse by another store. The store is then not made.</exception>
    PersistedState Load(IPersistedChanges changes);

    /// <summary>Says that there is a change to take. Must return at once and not throw; called outside every lock, once for several changes.</summary>
    void Changed();

    /// <summary>Keeps the last changes, and ends the use.</summary>
    /// <param name="last">The changes since the last take, and the last revision.</param>
    /// <exception cref="IOException">They could not be kept; disposing the store throws it.</exception>
    void Close(PersistedState last);
}
