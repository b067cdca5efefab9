using System.Runtime.CompilerServices;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>Represents a repository: lists, reads and writes backup sets, and records restores.</summary>
/// <remarks>Reading takes no lock and never blocks; writing needs <see cref="LockForWritingAsync"/>. Safe for several threads.</remarks>
public sealed class BackupRepository : IAsyncDisposable
{
    private volatile bool _disposed;
    private int _writers;

    private BackupRepository(RepositoryAccess access, RepositoryOptions options)
    {
        Storage = access.Storage;
        Options = options;
        Identity = access.Identity;
        RepositoryId = access.Identity.ToString();
        Catalog = new RepositoryCatalog(Storage, Identity, options);
        Retention = new RepositoryRetention(this);
        Restores = new RepositoryRestores(this);
        Keys = access.Storage is EncryptedStorage encrypted ? new RepositoryKeys(this, encrypted, access.Slot) : null;
    }

    /// <summary>Gets the unique id of the repository: 32 hexadecimal digits, chosen when it was created.</summary>
    public string RepositoryId { get; }

    /// <summary>Gets the records of restores.</summary>
    public RepositoryRestores Restores { get; }

    /// <summary>Gets the keys that open the repository; null if it is not encrypted.</summary>
    public RepositoryKeys? Keys { get; }

    /// <summary>Gets what removes sets by a policy, and holds sets.</summary>
    public RepositoryRetention Retention { get; }

    /// <summary>Gets the storage that holds the repository. Of an encrypted one it reads and writes plain bytes.</summary>
    public IRepositoryStorage Storage { get; }

    /// <summary>Gets the options with which it is read and written.</summary>
    public RepositoryOptions Options { get; }

    internal Hash128 Identity { get; }

    internal RepositoryCatalog Catalog { get; }

    /// <summary>Finds out whether a place holds a repository. Changes nothing.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="RepositoryException">NotPermitted, Io.</exception>
    public static ValueTask<RepositoryPresence> ProbeAsync(IRepositoryStorage storage, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(storage);
        return RepositoryLocation.ProbeAsync(storage, cancellationToken);
    }

    /// <summary>Finds out whether a repository is encrypted, so that its key can be asked for. Changes nothing.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True if it needs a key.</returns>
    /// <exception cref="RepositoryException">NoRepository, Damaged, NewerFormat, NotPermitted, Io.</exception>
    public static async ValueTask<bool> IsEncryptedAsync(IRepositoryStorage storage, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(storage);
        return (await RepositoryLocation.ReadFormatAsync(storage, cancellationToken)).IsEncrypted;
    }

    /// <summary>Creates a repository where <see cref="ProbeAsync"/> finds <see cref="RepositoryPresence.Nothing"/>.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="options">The options with which it is read and written.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The repository; it is durable.</returns>
    /// <exception cref="RepositoryException">Foreign, Damaged, DiskFull, NotPermitted, Io. InUse: the place holds a repository already, or another process is
    /// creating one; of several calls at once one succeeds.</exception>
    public static async ValueTask<BackupRepository> CreateAsync(
        IRepositoryStorage storage, RepositoryOptions options, CancellationToken cancellationToken = default)
    {
        Validate(storage, options);
        await RepositoryLocation.CreateAsync(storage, options, cancellationToken);
        return await OpenAsync(storage, options, cancellationToken);
    }

    /// <summary>Opens a repository.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="options">The options with which it is read and written.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The repository.</returns>
    /// <exception cref="RepositoryException">NoRepository, Foreign, NewerFormat, Damaged, NotPermitted, Io.</exception>
    public static async ValueTask<BackupRepository> OpenAsync(IRepositoryStorage storage, RepositoryOptions options, CancellationToken cancellationToken = default)
    {
        Validate(storage, options);
        return await RepositoryLocation.ProbeAsync(storage, cancellationToken) switch
        {
            RepositoryPresence.Nothing => throw new RepositoryException(RepositoryFailure.NoRepository, $"There is no repository at {storage.Place}."),
            RepositoryPresence.Foreign => throw RepositoryLocation.Foreign(storage),
            RepositoryPresence.Damaged => throw RepositoryLocation.Damaged(storage),
            _ => new BackupRepository(await RepositoryAccess.OpenAsync(storage, options.Key, cancellationToken), options),
        };
    }

    /// <summary>Opens the repository in a folder, or creates it where there is nothing.</summary>
    /// <param name="folder">Path of the folder; it may be missing.</param>
    /// <param name="options">The options with which it is read and written; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The repository.</returns>
    /// <remarks>A mistyped path becomes a new repository. Where a user types the path, open it, and create a repository only on request.</remarks>
    /// <exception cref="RepositoryException">Foreign, NewerFormat, Damaged, InUse, DiskFull, NotPermitted, Io.</exception>
    public static async ValueTask<BackupRepository> OpenOrCreateAsync(
        string folder, RepositoryOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        FolderStorage storage = new(Path.GetFullPath(folder));
        options ??= new RepositoryOptions();
        return await ProbeAsync(storage, cancellationToken) == RepositoryPresence.Nothing
            ? await CreateAsync(storage, options, cancellationToken)
            : await OpenAsync(storage, options, cancellationToken);
    }

    /// <summary>Opens the repository in a folder.</summary>
    /// <param name="folder">Path of the folder.</param>
    /// <param name="options">The options with which it is read and written; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The repository.</returns>
    /// <exception cref="RepositoryException">NoRepository, Foreign, NewerFormat, Damaged, NotPermitted, Io.</exception>
    public static ValueTask<BackupRepository> OpenAsync(string folder, RepositoryOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return OpenAsync(new FolderStorage(Path.GetFullPath(folder)), options ?? new RepositoryOptions(), cancellationToken);
    }

    /// <summary>Lists the committed sets by rising sequence. A damaged set does not hide the others; see <see cref="SetList.Problems"/>.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The sets.</returns>
    /// <exception cref="RepositoryException">NewerFormat, NotPermitted, Io; NoRepository, Foreign: it is not there any more.</exception>
    public async ValueTask<SetList> ListSetsAsync(CancellationToken cancellationToken = default)
    {
        return (await ReadCurrentCatalogAsync(cancellationToken)).Sets;
    }

    /// <summary>Takes the writer lock, and repairs what a killed writer left.</summary>
    /// <param name="holder">Name of the caller. A writer that finds the repository in use reports it. 1 to 256 characters.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The lock; its notes say what was repaired.</returns>
    /// <exception cref="RepositoryException">InUse (the message names the holder), NewerFormat, DiskFull, NotPermitted, Io; NoRepository, Foreign: it is not there any
    /// more.</exception>
    public async ValueTask<RepositoryWriterLock> LockForWritingAsync(string holder, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(holder.Length, FormatLimits.MaxNameLength, nameof(holder));
        ThrowIfDisposed();
        await RepositoryLocation.RequireSameAsync(Storage, Identity, cancellationToken);
        return await WriterLocking.LockAsync(this, holder, cancellationToken);
    }

    /// <summary>Begins a set. Nothing is written before its first part.</summary>
    /// <param name="writerLock">The writer lock; hold it until the writer is disposed.</param>
    /// <param name="set">Time and use of the set.</param>
    /// <returns>The writer; one at a time for each lock.</returns>
    /// <exception cref="InvalidOperationException">Another writer uses the lock.</exception>
    public BackupSetWriter BeginSet(RepositoryWriterLock writerLock, NewBackupSet set)
    {
        ArgumentNullException.ThrowIfNull(writerLock);
        ArgumentNullException.ThrowIfNull(set);
        return new BackupSetWriter(this, writerLock, set);
    }

    /// <summary>Finds the part that the next increment of an owner continues.</summary>
    /// <param name="sets">The list from <see cref="ListSetsAsync"/>.</param>
    /// <param name="sid">Secure id of the owner.</param>
    /// <returns>
    /// The part in the newest set that stored the owner, copy-only sets excluded; or the part that was last restored in place.
    /// Null when only a base is possible.
    /// </returns>
    /// <remarks>It considers the restores known when the sets were listed, and those committed through this object since.</remarks>
    public OwnerPart? FindParent(IReadOnlyList<BackupSet> sets, uint sid)
    {
        ArgumentNullException.ThrowIfNull(sets);
        return PartChains.FindParent(Catalog.Last, sets, sid);
    }

    /// <summary>Finds the parts that a restore of one part needs: its base first, the part itself last.</summary>
    /// <param name="part">A part that was listed or committed through this object.</param>
    /// <returns>The chain; it has one part when the part is not an increment.</returns>
    /// <exception cref="RepositoryException">ChainBroken: a parent is not in the list of sets any more; the message names it. Io: the storage failed when that
    /// was read.</exception>
    public IReadOnlyList<OwnerPart> ResolveChain(OwnerPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return PartChains.Resolve(Catalog.Last?.Sets, part);
    }

    /// <summary>Finds the chain of a part as <see cref="ResolveChain"/> does, and requires that every file of it exists in its full length. Reads no
    /// file.</summary>
    /// <param name="part">A part that was listed or committed through this object.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The chain.</returns>
    /// <exception cref="RepositoryException">ChainBroken: a parent is not in the list of sets any more, or a file is missing or has another length; the message
    /// names it. NotPermitted, Io: the storage failed.</exception>
    public async ValueTask<IReadOnlyList<OwnerPart>> ResolveCompleteChainAsync(OwnerPart part, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<OwnerPart> chain = ResolveChain(part);
        foreach (OwnerPart link in chain)
        {
            await SetFiles.RequirePartAsync(Storage, link, cancellationToken);
        }

        return chain;
    }

    /// <summary>Opens a stored stream.</summary>
    /// <param name="part">The part.</param>
    /// <param name="drive">Index of the drive, 0 to 25.</param>
    /// <param name="kind">Data or snapshot.</param>
    /// <returns>The reader; the caller disposes it.</returns>
    /// <exception cref="RepositoryException">NoSuchOwner: the part has no such stream; see <see cref="OwnerPart.Drives"/>.</exception>
    public SectionStreamReader OpenStream(OwnerPart part, byte drive, StreamKind kind)
    {
        ArgumentNullException.ThrowIfNull(part);
        ThrowIfDisposed();
        StreamInfo stream = part.Drive(drive)?.Stream(kind)
            ?? throw NoSuchStream(part, drive, kind);
        return new SectionStreamReader(
            new StreamCursor(Storage, part, drive, kind, stream), stream, Options.Workers, () => new ReferenceResolver(Storage, Catalog.Find, fromDevice: false));
    }

    /// <summary>Reads a snapshot stream without the sections that the caller knows: of these only the header is checked.</summary>
    /// <param name="part">The part.</param>
    /// <param name="drive">Index of the drive, 0 to 25.</param>
    /// <param name="isKnown">Called with the identity of each section; true to leave its content out.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The sections in order.</returns>
    /// <exception cref="RepositoryException">NoSuchOwner: the part has no snapshot of the drive. Damaged, ChainBroken: the stored bytes do not match. NotPermitted,
    /// Io: the storage failed.</exception>
    public async IAsyncEnumerable<SnapshotSection> ReadSnapshotAsync(
        OwnerPart part, byte drive, Func<Hash128, bool> isKnown, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(isKnown);
        ThrowIfDisposed();
        StreamInfo stream = part.Drive(drive)?.Snapshot ?? throw NoSuchStream(part, drive, StreamKind.Snapshot);
        await using StreamCursor cursor = new(Storage, part, drive, StreamKind.Snapshot, stream);
        await using StreamDecoder decoder = new(() => new ReferenceResolver(Storage, Catalog.Find, fromDevice: false));
        SectionFrame frame = new();
        while (await cursor.ReadAsync(frame, headerOnly: false, cancellationToken))
        {
            Hash128 identity = frame.Header.Sha.First;
            yield return new SnapshotSection(identity, isKnown(identity) ? null : await decoder.DecodeAsync(frame, cursor, cancellationToken));
        }
    }

    /// <summary>Closes the repository: later calls throw <see cref="ObjectDisposedException"/>. Callers dispose the locks, writers and readers that they
    /// opened.</summary>
    /// <returns>A completed task.</returns>
    /// <remarks>Whoever holds the writer lock, as a running operation does, may use the repository until the lock is released.</remarks>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>A writer lock was taken, or released.</summary>
    internal void CountWriters(int change) => Interlocked.Add(ref _writers, change);

    internal SetId NewId(DateTimeOffset time) => SetId.New(Options, time);

    /// <summary>Reads the catalog as a caller's list: the repository must not be closed, and must still be there.</summary>
    internal async ValueTask<SetCatalog> ReadCurrentCatalogAsync(CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        await RepositoryLocation.RequireSameAsync(Storage, Identity, cancellationToken);
        return await Catalog.ReadAsync(cancellationToken);
    }

    private static RepositoryException NoSuchStream(OwnerPart part, byte drive, StreamKind kind) => new(
        RepositoryFailure.NoSuchOwner, $"Set {part.Set} has no {kind} stream of owner {part.Name} for drive {(char)('A' + drive)}.", part.Set.Text);

    private static void Validate(IRepositoryStorage storage, RepositoryOptions options)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed && Volatile.Read(ref _writers) == 0, this);
}
