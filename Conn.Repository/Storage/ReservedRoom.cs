namespace Conn.Repository.Storage;

/// <summary>Writes what must be written also to a full disk.</summary>
internal static class ReservedRoom
{
    /// <summary>Writes a small file, or makes a folder; when the disk is full, once more with the room that the storage keeps back.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="write">Writes; an attempt that fails leaves nothing, or the next one removes it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="RepositoryException">The storage failed; DiskFull also when no room is kept.</exception>
    public static async ValueTask UseAsync(IRepositoryStorage storage, Func<ValueTask> write, CancellationToken cancellationToken)
    {
        try
        {
            await write();
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.DiskFull && storage is IReservedRoom)
        {
            if (!await ((IReservedRoom)storage).GiveUpAsync(cancellationToken))
            {
                throw;
            }

            await write();
        }
    }
}
