namespace Conn.Repository.Storage;

/// <summary>Represents a held lock of a storage. Disposing releases it.</summary>
public interface IStorageLock : IAsyncDisposable;
