namespace Conn.Repository.Storage;

/// <summary>A held lock. Disposing gives it back.</summary>
public interface IStorageLock : IAsyncDisposable;
