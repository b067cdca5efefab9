namespace Conn.Repository.Storage;

/// <summary>A storage that keeps some room back. A prune, or a restore in place, needs a few small files, and a full disk has no room for them.</summary>
internal interface IReservedRoom
{
    /// <summary>Keeps room back, unless it is kept already or the disk has none.</summary>
    /// <exception cref="RepositoryException">NotPermitted, Io.</exception>
    ValueTask KeepAsync(CancellationToken cancellationToken);

    /// <summary>Gives up the room that is kept.</summary>
    /// <returns>False when none is kept.</returns>
    /// <exception cref="RepositoryException">NotPermitted, Io.</exception>
    ValueTask<bool> GiveUpAsync(CancellationToken cancellationToken);
}
