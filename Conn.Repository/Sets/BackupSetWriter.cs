namespace Conn.Repository.Sets;

/// <summary>Writes one backup set. Nothing of it is visible before its commit; disposed without one, it leaves nothing behind.</summary>
/// <remarks>One call at a time. One part is open at a time. Owns the workers that compress, write, flush and read back.</remarks>
public sealed class BackupSetWriter : IAsyncDisposable
{
    internal BackupSetWriter(BackupRepository repository, RepositoryWriterLock writerLock, NewBackupSet set)
    {
        _ = (repository, writerLock, set);
        throw new NotImplementedException();
    }

    /// <summary>Id the set will have.</summary>
    public SetId Id { get; }

    /// <summary>Begins the part of an owner.</summary>
    /// <param name="part">Whose part.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The open part; it must be completed, abandoned or disposed (= abandoned without a record) before the next begins.</returns>
    /// <exception cref="InvalidOperationException">A part is open, or the set is committed or failed.</exception>
    /// <exception cref="ArgumentException">The owner has a part in this set already, or the parent is another owner's or cannot be one.</exception>
    public ValueTask<PartWriter> BeginPartAsync(NewOwnerPart part, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Commits the set: data durable and read back, manifest durable and read back, renamed, indexed.</summary>
    /// <param name="outcome">What the set is called.</param>
    /// <param name="progress">Told synchronously after each phase; or null. An observer that stops the process stops it exactly there.</param>
    /// <param name="cancellationToken">Ends the call before the set is renamed; after that it is not looked at.</param>
    /// <returns>The committed set.</returns>
    /// <exception cref="RepositoryException">
    /// Damaged: what was read back is not what was written. DiskFull, NotPermitted, Io: the storage failed. Nothing is listed; dispose the writer.
    /// </exception>
    public ValueTask<BackupSet> CommitAsync(SetOutcome outcome, IProgress<CommitPhase>? progress, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Stops the workers; removes the set when it was not committed.</summary>
    /// <returns>A task.</returns>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
