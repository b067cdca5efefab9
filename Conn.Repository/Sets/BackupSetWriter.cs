using Conn.Repository.Checks;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Writes one backup set. Nothing of it is visible before the commit; without a commit, disposing removes it.</summary>
/// <remarks>One call at a time, one open part at a time. It owns the threads that compress, write, flush and read back.</remarks>
public sealed class BackupSetWriter : IAsyncDisposable
{
    private readonly BackupRepository _repository;
    private readonly RepositoryWriterLock _lock;
    private readonly NewBackupSet _new;
    private readonly DateTimeOffset _time;
    private readonly SegmentFinisher _finisher;
    private readonly List<(OwnerPart Part, IReadOnlyList<FinishedSegment> Files)> _parts = [];
    private readonly HashSet<uint> _sids = [];
    private PartWriter? _open;
    private uint _openSid;
    private bool _hasFolder;
    private bool _ended;
    private bool _committed;
    private bool _disposed;

    internal TextBudget Texts { get; } = new();

    internal BackupSetWriter(BackupRepository repository, RepositoryWriterLock writerLock, NewBackupSet set)
    {
        writerLock.Require(repository);
        set.Validate(nameof(set));
        if (writerLock.IsWritingSet)
        {
            throw new InvalidOperationException("Another set is being written with this lock; dispose its writer first.");
        }

        writerLock.IsWritingSet = true;
        RepositoryOptions options = repository.Options;
        _repository = repository;
        _lock = writerLock;
        _new = set with { Tags = [.. set.Tags] };
        _time = (set.Time ?? options.TimeProvider.GetUtcNow()).ToUniversalTime();
        Id = repository.NewId(_time);
        _finisher = new SegmentFinisher(Storage, Folder, options.Workers);
        Pipeline = new SectionPipeline(
            options.Workers,
            options.SectionBytes,
            () => new SectionEncoder(options.CompressionLevel, () => new ReferenceResolver(Storage, repository.Catalog.Find, fromDevice: true)));
    }

    /// <summary>Gets the id that the set will have.</summary>
    public SetId Id { get; }

    internal IRepositoryStorage Storage => _repository.Storage;

    internal SectionPipeline Pipeline { get; }

    internal SetFailure Failure { get; } = new();

    internal int SectionBytes => _repository.Options.SectionBytes;

    private string Folder => RepositoryLayout.UnfinishedFolder(Id);

    /// <summary>Begins the part of an owner.</summary>
    /// <param name="part">The owner.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The open part. Complete, abandon or dispose it before the next part begins; a disposed part leaves no record.</returns>
    /// <exception cref="InvalidOperationException">A part is open, or the set is committed or failed.</exception>
    /// <exception cref="ArgumentException">
    /// A member is out of range, the owner has a part in this set already, or the repository holds no such parent of this owner.
    /// </exception>
    /// <exception cref="RepositoryException">ChainBroken: the parent cannot be restored. Otherwise the storage failed, now or earlier.</exception>
    public async ValueTask<PartWriter> BeginPartAsync(NewOwnerPart part, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(part);
        ThrowIfBusy();
        part.Validate(nameof(part));
        if (_sids.Contains(part.Sid) || _parts.Exists(written => written.Part.Name == part.Name))
        {
            throw new ArgumentException($"Owner {part.Name} (0x{part.Sid:X8}) has a part in this set already.", nameof(part));
        }

        part = part with { Parent = StoredParent(part) };
        Failure.ThrowIfFailed();
        await EnsureFolderAsync(cancellationToken);
        SegmentAppender appender = new(Storage, Folder, Id, _parts.Count, _repository.Options.SegmentBytes, _finisher, new PartFailure(Failure));
        _openSid = part.Sid;
        return _open = new PartWriter(this, part, appender);
    }

    /// <summary>Commits the set: flushes and reads back its data, writes its manifest, renames it into place, and updates the index.</summary>
    /// <param name="outcome">The outcome of the set.</param>
    /// <param name="progress">Receives each completed phase synchronously; or null.</param>
    /// <param name="cancellationToken">Cancels the call before the set is renamed; ignored afterwards.</param>
    /// <returns>The committed set.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The outcome is not one.</exception>
    /// <exception cref="InvalidOperationException">A part is open, the set is committed or failed, or an earlier commit with the lock failed and its state is
    /// unknown.</exception>
    /// <exception cref="RepositoryException">
    /// Damaged: what was read back differs from what was written. DiskFull, NotPermitted, Io: the storage failed. The set is not committed; dispose the writer.
    /// Exception: if the storage fails after <see cref="CommitPhase.ManifestWritten"/>, the commit state is unknown until the sets are listed again, and a
    /// listed set can be lost in a power loss until the next writer has taken the lock.
    /// </exception>
    public async ValueTask<BackupSet> CommitAsync(SetOutcome outcome, IProgress<CommitPhase>? progress, CancellationToken cancellationToken = default)
    {
        if (outcome is not (SetOutcome.Succeeded or SetOutcome.Partial or SetOutcome.Failed))
        {
            throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "The outcome of a set is Succeeded, Partial or Failed.");
        }

        ThrowIfBusy();
        _lock.Require(_repository);
        _lock.RequireKnownState();
        await EnsureFolderAsync(cancellationToken);
        _ended = true;
        await _finisher.WhenIdle().WaitAsync(cancellationToken);
        Failure.ThrowIfFailed();
        RequireStreamsMatchFiles();
        progress?.Report(CommitPhase.SegmentsFlushed);
        progress?.Report(CommitPhase.ReadBack);

        IndexRecord index = await _repository.Catalog.ReadIndexAsync(cancellationToken);
        index.RequireRoom();
        long sequence = index.LastSequence + 1;
        BackupSet set = new()
        {
            Id = Id,
            Sequence = sequence,
            Time = _time,
            Outcome = outcome,
            CopyOnly = _new.CopyOnly,
            ReadBack = _finisher.ReadBack,
            Host = _new.Host,
            Tags = _new.Tags,
            Previous = index.Sets.Count > 0 ? index.Sets[^1] : null,
            Parts = [.. _parts.Select((written, number) => written.Part with { Sequence = sequence, Number = number })],
        };
        ManifestRecord record = new(_repository.Identity, set);
        byte[] manifest = await RecordFile.WriteAsync(Storage, Folder + "/" + RepositoryLayout.Manifest, record, cancellationToken);
        if (Storage is EncryptedStorage encrypted)
        {
            SumsRecord sums = new(_repository.Identity, Id, encrypted.SumsIn(Folder));
            await RecordFile.WriteAsync(Storage, Folder + "/" + RepositoryLayout.Sums, sums, cancellationToken);
        }

        await Storage.FlushFolderAsync(Folder, cancellationToken);
        progress?.Report(CommitPhase.ManifestWritten);

        // The new index is written before the rename, so that a full disk fails the commit while the set can still be abandoned.
        index = index with { LastSequence = sequence, Sets = [.. index.Sets, new IndexedSet(Id, sequence, CheckedRecord.ShaOf(manifest))] };
        await RecordFile.PrepareAsync(Storage, RepositoryLayout.IndexFile, index, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();

        _lock.IsCommitting = true;
        try
        {
            await PlaceAsync(sequence, progress);
        }
        catch (RepositoryException e)
        {
            throw new RepositoryException(e.Failure, $"{e.Message} Set {Id} may be in the repository or not: its list of sets says so. Make a backup again.", Id.Text, e);
        }

        _lock.IsCommitting = false;
        _committed = true;
        _repository.Catalog.Add(set, index.Sets[^1]);
        progress?.Report(CommitPhase.Indexed);
        return set;
    }

    private async ValueTask PlaceAsync(long sequence, IProgress<CommitPhase>? progress)
    {
        await Storage.RenameAsync(Folder, RepositoryLayout.SetFolder(sequence, Id), CancellationToken.None);
        await Storage.FlushFolderAsync(RepositoryLayout.Sets, CancellationToken.None);
        await Storage.FlushFolderAsync(RepositoryLayout.Unfinished, CancellationToken.None);
        progress?.Report(CommitPhase.Renamed);
        await RecordFile.PlaceAsync(Storage, "", RepositoryLayout.IndexFile, CancellationToken.None);
    }

    /// <summary>Stops the threads, and removes the set unless it was committed.</summary>
    /// <returns>A task that completes when the lock can be used for another set.</returns>
    /// <exception cref="RepositoryException">The unfinished set could not be removed; the next writer removes it.</exception>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _ended = true;
        try
        {
            if (_open is { } open)
            {
                await open.DisposeAsync();
            }

            await Pipeline.DisposeAsync();
            await _finisher.DisposeAsync();
            if (_hasFolder && !_committed)
            {
                // If the commit failed after the rename, this folder does not exist any more, and the next writer adds the set to the index.
                await Storage.DeleteAsync(Folder, CancellationToken.None);
                await Storage.DeleteAsync(RepositoryLayout.IndexFile + RepositoryLayout.NewSuffix, CancellationToken.None);
            }
        }
        finally
        {
            _lock.IsWritingSet = false;
        }
    }

    /// <summary>Ends the open part, and takes its record and its files; the record is null for a part that leaves none.</summary>
    internal void End(OwnerPart? part, IReadOnlyList<FinishedSegment> files)
    {
        _open = null;
        if (part is not null)
        {
            _parts.Add((part, files));
            _sids.Add(_openSid);
        }
    }

    // Returns the parent as the repository holds it. An increment whose chain is broken would be committed and could never be restored.
    private OwnerPart? StoredParent(NewOwnerPart part)
    {
        if (part.Parent is not { } given)
        {
            return null;
        }

        if (given.Sid != part.Sid || _repository.Catalog.Find(given.Set)?.Part(part.Sid) is not { IsStored: true } stored)
        {
            throw new ArgumentException(
                $"{nameof(part.Parent)} must be a stored part of owner 0x{part.Sid:X8} in this repository; owner 0x{given.Sid:X8} in set {given.Set} is not.",
                nameof(part));
        }

        if (_repository.Catalog.IsHidden(stored.Set))
        {
            throw new ArgumentException($"{nameof(part.Parent)} is in set {stored.Set}, which is hidden and will be deleted; list the sets again, or bring it back.", nameof(part));
        }

        _repository.ResolveChain(stored);
        return stored;
    }

    // A reader finds a stream by the place, number and size in the manifest, so these must agree with what was read back.
    private void RequireStreamsMatchFiles()
    {
        foreach ((OwnerPart part, IReadOnlyList<FinishedSegment> files) in _parts)
        {
            if (PartCheck.Compare(part, [.. files.Select(static file => file.Runs)]) is { } difference)
            {
                throw new RepositoryException(RepositoryFailure.Damaged, $"Set {Id}, owner {part.Name}: {difference}", Id.Text);
            }
        }
    }

    private async ValueTask EnsureFolderAsync(CancellationToken cancellationToken)
    {
        if (!_hasFolder)
        {
            await ((Storage as IReservedRoom)?.KeepAsync(cancellationToken) ?? default);
            await Storage.CreateFolderAsync(Folder, cancellationToken);
            _hasFolder = true;
        }
    }

    private void ThrowIfBusy()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_ended || _open is not null)
        {
            throw new InvalidOperationException(_ended
                ? $"Set {Id} was committed, or its commit failed; begin another set."
                : $"A part of set {Id} is open; complete or abandon it first.");
        }
    }
}
