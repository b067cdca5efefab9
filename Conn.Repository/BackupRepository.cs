using System.Globalization;
using System.Security.Cryptography;
using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>A place that keeps backup sets: lists, reads and writes them, and records restores.</summary>
/// <remarks>Reading never blocks and takes no lock; writing needs <see cref="LockForWritingAsync"/>. Safe for several threads.</remarks>
public sealed class BackupRepository : IAsyncDisposable
{
    // Replaced as a whole whenever the storage was looked at; readers take the one they find.
    private volatile SetCatalog? _catalog;

    private BackupRepository(IRepositoryStorage storage, RepositoryOptions options, UInt128 identity)
    {
        Storage = storage;
        Options = options;
        Identity = identity;
        RepositoryId = identity.ToString("x32", CultureInfo.InvariantCulture);
    }

    /// <summary>Unique id of the repository: 32 hexadecimal digits, given at its creation.</summary>
    public string RepositoryId { get; }

    /// <summary>Where it is.</summary>
    public IRepositoryStorage Storage { get; }

    /// <summary>How it is read and written.</summary>
    public RepositoryOptions Options { get; }

    internal UInt128 Identity { get; }

    /// <summary>Looks at a place and says what is there. Changes nothing.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="RepositoryException">NotPermitted, Io.</exception>
    public static ValueTask<RepositoryPresence> ProbeAsync(IRepositoryStorage storage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(storage);
        return RepositoryPlace.ProbeAsync(storage, cancellationToken);
    }

    /// <summary>Creates a repository where <see cref="ProbeAsync"/> says Nothing.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="options">How it is read and written.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The repository, durable.</returns>
    /// <exception cref="InvalidOperationException">A repository is there already.</exception>
    /// <exception cref="RepositoryException">Foreign, Damaged, InUse, DiskFull, NotPermitted, Io.</exception>
    public static async ValueTask<BackupRepository> CreateAsync(
        IRepositoryStorage storage, RepositoryOptions options, CancellationToken cancellationToken)
    {
        Check(storage, options);
        await RepositoryPlace.CreateAsync(storage, options, cancellationToken);
        return await OpenAsync(storage, options, cancellationToken);
    }

    /// <summary>Opens a repository.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="options">How it is read and written.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The repository.</returns>
    /// <exception cref="RepositoryException">NoRepository, Foreign, NewerFormat, Damaged, NotPermitted, Io.</exception>
    public static async ValueTask<BackupRepository> OpenAsync(IRepositoryStorage storage, RepositoryOptions options, CancellationToken cancellationToken)
    {
        Check(storage, options);
        return await RepositoryPlace.ProbeAsync(storage, cancellationToken) switch
        {
            RepositoryPresence.Nothing => throw new RepositoryException(RepositoryFailure.NoRepository, $"There is no repository at {storage.Place}."),
            RepositoryPresence.Foreign => throw new RepositoryException(RepositoryFailure.Foreign, $"{storage.Place} holds something that is not a repository."),
            RepositoryPresence.Damaged => throw new RepositoryException(
                RepositoryFailure.Damaged, $"The format file of the repository at {storage.Place} is missing or damaged; verify names what is wrong."),
            _ => new BackupRepository(storage, options, (await RepositoryPlace.ReadFormatAsync(storage, cancellationToken)).RepositoryId),
        };
    }

    /// <summary>Lists the committed sets, in ascending sequence. One damaged set does not hide the others: see <see cref="SetList.Problems"/>.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The sets.</returns>
    /// <exception cref="RepositoryException">NewerFormat, NotPermitted, Io.</exception>
    public async ValueTask<SetList> ListSetsAsync(CancellationToken cancellationToken) => (await LookAsync(cancellationToken)).Sets;

    /// <summary>Takes the right to write, and puts in order what a killed writer left.</summary>
    /// <param name="holder">Who asks: told to others that ask meanwhile. 1 to 256 characters.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The lock; its notes say what was put in order.</returns>
    /// <exception cref="RepositoryException">InUse (the message names the holder), DiskFull, NotPermitted, Io.</exception>
    public ValueTask<RepositoryWriterLock> LockForWritingAsync(string holder, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(holder.Length, FormatLimits.MaxNameLength, nameof(holder));
        return WriterEntry.LockAsync(this, holder, cancellationToken);
    }

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
    public OwnerPart? FindParent(IReadOnlyList<BackupSet> sets, uint sid)
    {
        ArgumentNullException.ThrowIfNull(sets);
        var newest = sets.Where(static set => !set.CopyOnly).Select(set => set.Part(sid)).LastOrDefault(static part => part is { IsStored: true });
        if (_catalog is not { } catalog)
        {
            return newest;
        }

        var stored = newest?.Sequence ?? 0;
        if (stored <= catalog.DoubtfulUpTo)
        {
            return null;
        }

        var restore = catalog.Restores.LastOrDefault(record => record.Sequence >= stored && record.Owners.Any(owner => owner.Sid == sid && owner.ChangesParent));
        if (restore is null)
        {
            return newest;
        }

        var restored = restore.Owners.First(owner => owner.Sid == sid && owner.ChangesParent).Set;
        return sets.FirstOrDefault(set => set.Id == restored)?.Part(sid) is { IsStored: true } part ? part : null;
    }

    /// <summary>The parts that a restore of one part needs, its base first and the part itself last.</summary>
    /// <param name="part">A part that was listed or committed through this object.</param>
    /// <returns>The chain; one part for a base.</returns>
    /// <exception cref="RepositoryException">ChainBroken: a parent is not in the list of sets any more; the message names it.</exception>
    public IReadOnlyList<OwnerPart> ResolveChain(OwnerPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        var chain = new List<OwnerPart> { part };
        while (chain[^1].Parent is { } parent)
        {
            var child = chain[^1];
            chain.Add(Find(parent)?.Part(part.Sid) is { IsStored: true } next && next.Sequence < child.Sequence
                ? next
                : throw new RepositoryException(
                    RepositoryFailure.ChainBroken,
                    $"Owner {part.Name} in set {child.Set} continues set {parent}, which is missing, damaged or does not hold it; only an older base can be restored.",
                    parent.Text));
        }

        chain.Reverse();
        return chain;
    }

    /// <summary>Opens a stored stream.</summary>
    /// <param name="part">The part.</param>
    /// <param name="drive">Index of the drive, 0 to 25.</param>
    /// <param name="kind">Data or snapshot.</param>
    /// <returns>The reader; the caller disposes it.</returns>
    /// <exception cref="RepositoryException">NoSuchOwner: the part holds no such stream (<see cref="OwnerPart.Drives"/> says which it holds).</exception>
    public SectionStreamReader OpenStream(OwnerPart part, byte drive, StreamKind kind)
    {
        ArgumentNullException.ThrowIfNull(part);
        var stream = part.Drive(drive)?.Stream(kind)
            ?? throw new RepositoryException(
                RepositoryFailure.NoSuchOwner, $"Set {part.Set} holds no {kind} stream of owner {part.Name} for drive {(char)('A' + drive)}.", part.Set.Text);
        return new SectionStreamReader(
            new StreamCursor(Storage, part, drive, kind, stream), stream, Options.Workers, () => new ReferenceResolver(Storage, Find, fromDevice: false));
    }

    /// <summary>Makes a restore decided: durable when it returns.</summary>
    /// <param name="writerLock">The right to write.</param>
    /// <param name="restore">What is restored.</param>
    /// <param name="cancellationToken">Ends the call before anything is decided.</param>
    /// <returns>The record.</returns>
    /// <exception cref="ArgumentException">A member is out of range.</exception>
    /// <exception cref="RepositoryException">DiskFull, NotPermitted, Io: nothing was decided, unless <see cref="ListPendingRestoresAsync"/> lists it.</exception>
    public ValueTask<RestoreRecord> CommitRestoreAsync(RepositoryWriterLock writerLock, NewRestoreRecord restore, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(restore);
        return Restoring(writerLock).CommitAsync(restore, cancellationToken);
    }

    /// <summary>Makes durable every restore record that can be seen: after a failure in the middle of a commit one may be there that a power loss would take away.</summary>
    /// <param name="writerLock">The right to write.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    /// <exception cref="RepositoryException">The storage failed: what is seen may not be durable.</exception>
    public ValueTask FlushRestoresAsync(RepositoryWriterLock writerLock, CancellationToken cancellationToken) => Restoring(writerLock).FlushAsync(cancellationToken);

    /// <summary>Records that one owner of a restore has finished; with the last one the restore is complete.</summary>
    /// <param name="writerLock">The right to write.</param>
    /// <param name="restore">The restore.</param>
    /// <param name="sid">Secure id of the owner.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The record as it is now.</returns>
    /// <exception cref="ArgumentException">The owner is not in the restore.</exception>
    /// <exception cref="RepositoryException">The storage failed; the record is as before.</exception>
    public ValueTask<RestoreRecord> CompleteRestoreOwnerAsync(
        RepositoryWriterLock writerLock, RestoreRecord restore, uint sid, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(restore);
        return Restoring(writerLock).CompleteOwnerAsync(restore, sid, cancellationToken);
    }

    /// <summary>Records that nothing of a restore is left to do.</summary>
    /// <param name="writerLock">The right to write.</param>
    /// <param name="restore">The restore.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The record as it is now.</returns>
    /// <exception cref="RepositoryException">The storage failed; the record is as before.</exception>
    public ValueTask<RestoreRecord> CompleteRestoreAsync(RepositoryWriterLock writerLock, RestoreRecord restore, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(restore);
        return Restoring(writerLock).CompleteAsync(restore, cancellationToken);
    }

    /// <summary>Every restore that was decided, complete or not, oldest first.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The records. One that cannot be read is a problem of <see cref="ListSetsAsync"/>.</returns>
    /// <exception cref="RepositoryException">NewerFormat, NotPermitted, Io.</exception>
    public async ValueTask<IReadOnlyList<RestoreRecord>> ListRestoresAsync(CancellationToken cancellationToken) =>
        [.. (await LookAsync(cancellationToken)).Restores];

    /// <summary>The restores that were decided and are not complete, oldest first.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Those of <see cref="ListRestoresAsync"/> that are still to be carried through.</returns>
    /// <exception cref="RepositoryException">NewerFormat, NotPermitted, Io.</exception>
    public async ValueTask<IReadOnlyList<RestoreRecord>> ListPendingRestoresAsync(CancellationToken cancellationToken) =>
        [.. (await ListRestoresAsync(cancellationToken)).Where(static record => !record.Completed)];

    /// <summary>Closes the repository. Locks and readers are disposed by those who took them.</summary>
    /// <returns>A task.</returns>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal BackupSet? Find(SetId id) => _catalog?.Sets.Find(id);

    internal SetId NewId(DateTimeOffset time) =>
        SetId.Create(time, Options.Random is { } random ? (uint)random.NextInt64(0, 1L << 32) : (uint)RandomNumberGenerator.GetInt32(int.MinValue, int.MaxValue));

    internal async ValueTask<SetCatalog> LookAsync(CancellationToken cancellationToken) =>
        _catalog = await CatalogReader.ReadAsync(Storage, Identity, cancellationToken);

    /// <summary>Takes a set that was just committed into the catalogue, without a read that could fail after the fact.</summary>
    internal void Committed(BackupSet set)
    {
        if (_catalog is { } catalog)
        {
            _catalog = catalog with { Sets = new SetList([.. catalog.Sets, set], catalog.Sets.Problems) };
        }
    }

    /// <summary>The same for a restore that was just committed or completed.</summary>
    internal void Committed(RestoreRecord restore)
    {
        if (_catalog is { } catalog)
        {
            _catalog = catalog with { Restores = [.. catalog.Restores.Where(record => record.Number != restore.Number).Append(restore).OrderBy(static record => record.Number)] };
        }
    }

    /// <summary>The index as it is; the caller holds the lock, which put it in order.</summary>
    internal async ValueTask<IndexRecord> LoadIndexAsync(CancellationToken cancellationToken) =>
        IndexRecord.Open(await RecordFile.ReadAsync(Storage, RepositoryLayout.IndexFile, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, "The index is missing."));

    private static void Check(IRepositoryStorage storage, RepositoryOptions options)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
    }

    private RestoreLedger Restoring(RepositoryWriterLock writerLock)
    {
        ArgumentNullException.ThrowIfNull(writerLock);
        writerLock.Require(this);
        return new RestoreLedger(this);
    }
}
