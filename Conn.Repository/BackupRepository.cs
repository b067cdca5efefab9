using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>A place that keeps backup sets: lists, reads and writes them, and records restores.</summary>
/// <remarks>Reading never blocks and takes no lock; writing needs <see cref="LockForWritingAsync"/>. Safe for several threads.</remarks>
public sealed class BackupRepository : IAsyncDisposable
{
    private BackupRepository(IRepositoryStorage storage, RepositoryOptions options, string repositoryId)
    {
        Storage = storage;
        Options = options;
        RepositoryId = repositoryId;
    }

    /// <summary>Unique id of the repository: 32 hexadecimal digits, given at its creation.</summary>
    public string RepositoryId { get; }

    /// <summary>Where it is.</summary>
    public IRepositoryStorage Storage { get; }

    /// <summary>How it is read and written.</summary>
    public RepositoryOptions Options { get; }

    /// <summary>Looks at a place and says what is there. Changes nothing.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="RepositoryException">NotPermitted, Io.</exception>
    public static ValueTask<RepositoryPresence> ProbeAsync(IRepositoryStorage storage, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Creates a repository where <see cref="ProbeAsync"/> says Nothing.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="options">How it is read and written.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The repository, durable.</returns>
    /// <exception cref="InvalidOperationException">A repository is there already.</exception>
    /// <exception cref="RepositoryException">Foreign, Damaged, InUse, DiskFull, NotPermitted, Io.</exception>
    public static ValueTask<BackupRepository> CreateAsync(IRepositoryStorage storage, RepositoryOptions options, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Opens a repository.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="options">How it is read and written.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The repository.</returns>
    /// <exception cref="RepositoryException">NoRepository, Foreign, NewerFormat, Damaged, NotPermitted, Io.</exception>
    public static ValueTask<BackupRepository> OpenAsync(IRepositoryStorage storage, RepositoryOptions options, CancellationToken cancellationToken)
    {
        _ = new BackupRepository(storage, options, "");
        throw new NotImplementedException();
    }

    /// <summary>Lists the committed sets, in ascending sequence. One damaged set does not hide the others: see <see cref="SetList.Problems"/>.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The sets.</returns>
    /// <exception cref="RepositoryException">NewerFormat, NotPermitted, Io.</exception>
    public ValueTask<SetList> ListSetsAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Takes the right to write, and puts in order what a killed writer left.</summary>
    /// <param name="holder">Who asks: told to others that ask meanwhile. 1 to 256 characters.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The lock; its notes say what was put in order.</returns>
    /// <exception cref="RepositoryException">InUse (the message names the holder), DiskFull, NotPermitted, Io.</exception>
    public ValueTask<RepositoryWriterLock> LockForWritingAsync(string holder, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Begins a set. Nothing is written before its first part.</summary>
    /// <param name="writerLock">The right to write; held until the writer is disposed.</param>
    /// <param name="set">What it is begun with.</param>
    /// <returns>The writer; one at a time for a lock.</returns>
    /// <exception cref="InvalidOperationException">Another writer uses the lock.</exception>
    public BackupSetWriter BeginSet(RepositoryWriterLock writerLock, NewBackupSet set)
    {
        ArgumentNullException.ThrowIfNull(writerLock);
        ArgumentNullException.ThrowIfNull(set);
        return new BackupSetWriter(this, writerLock, set);
    }

    /// <summary>The part an owner's next increment continues: of the newest set, copy-only ones aside, that stored the owner, or what was last restored in place.</summary>
    /// <param name="sets">The list from <see cref="ListSetsAsync"/>.</param>
    /// <param name="sid">Secure id of the owner.</param>
    /// <returns>The part, or null when only a base is possible.</returns>
    /// <remarks>Restores are those known when the sets were listed, and those committed through this object since.</remarks>
    public OwnerPart? FindParent(IReadOnlyList<BackupSet> sets, uint sid) => throw new NotImplementedException();

    /// <summary>The parts that a restore of one part needs, its base first and the part itself last.</summary>
    /// <param name="part">A part that was listed or committed through this object.</param>
    /// <returns>The chain; one part for a base.</returns>
    /// <exception cref="RepositoryException">ChainBroken: a parent is not in the list of sets any more; the message names it.</exception>
    public IReadOnlyList<OwnerPart> ResolveChain(OwnerPart part) => throw new NotImplementedException();

    /// <summary>Opens a stored stream.</summary>
    /// <param name="part">The part.</param>
    /// <param name="drive">Index of the drive, 0 to 25.</param>
    /// <param name="kind">Data or snapshot.</param>
    /// <returns>The reader; the caller disposes it.</returns>
    /// <exception cref="RepositoryException">NoSuchOwner: the part holds no such stream (<see cref="OwnerPart.Drives"/> says which it holds).</exception>
    public SectionStreamReader OpenStream(OwnerPart part, byte drive, StreamKind kind) => throw new NotImplementedException();

    /// <summary>Makes a restore decided: durable when it returns.</summary>
    /// <param name="writerLock">The right to write.</param>
    /// <param name="restore">What is restored.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The record.</returns>
    /// <exception cref="RepositoryException">DiskFull, NotPermitted, Io: nothing was decided.</exception>
    public ValueTask<RestoreRecord> CommitRestoreAsync(RepositoryWriterLock writerLock, NewRestoreRecord restore, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Records that one owner of a restore has finished; with the last one the restore is complete.</summary>
    /// <param name="writerLock">The right to write.</param>
    /// <param name="restore">The restore.</param>
    /// <param name="sid">Secure id of the owner.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The record as it is now.</returns>
    public ValueTask<RestoreRecord> CompleteRestoreOwnerAsync(
        RepositoryWriterLock writerLock, RestoreRecord restore, uint sid, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Records that nothing of a restore is left to do.</summary>
    /// <param name="writerLock">The right to write.</param>
    /// <param name="restore">The restore.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The record as it is now.</returns>
    public ValueTask<RestoreRecord> CompleteRestoreAsync(RepositoryWriterLock writerLock, RestoreRecord restore, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>The restores that were decided and are not complete, oldest first.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The records.</returns>
    /// <exception cref="RepositoryException">Damaged: a record cannot be read.</exception>
    public ValueTask<IReadOnlyList<RestoreRecord>> ListPendingRestoresAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Closes the repository. Locks and readers are disposed by those who took them.</summary>
    /// <returns>A task.</returns>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
