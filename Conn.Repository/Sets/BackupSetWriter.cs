using Conn.Repository.Checks;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Writes one backup set. Nothing of it is visible before its commit; disposed without one, it leaves nothing behind.</summary>
/// <remarks>One call at a time. One part is open at a time. Owns the threads that compress, write, flush and read back.</remarks>
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
    private bool _begun;
    private bool _ended;
    private bool _committed;
    private bool _disposed;

    internal BackupSetWriter(BackupRepository repository, RepositoryWriterLock writerLock, NewBackupSet set)
    {
        writerLock.Require(repository);
        if (writerLock.Writing)
        {
            throw new InvalidOperationException("Another set is being written with this lock; dispose its writer first.");
        }

        writerLock.Writing = true;
        var options = repository.Options;
        _repository = repository;
        _lock = writerLock;
        _new = set;
        _time = (set.Time ?? options.TimeProvider.GetUtcNow()).ToUniversalTime();
        Id = repository.NewId(_time);
        _finisher = new SegmentFinisher(Storage, Folder, options.Workers);
        Pipeline = new SectionPipeline(
            options.Workers,
            options.SectionBytes,
            () => new SectionPacker(options.CompressionLevel, () => new ReferenceResolver(Storage, repository.Find, fromDevice: true)));
    }

    /// <summary>Id the set will have.</summary>
    public SetId Id { get; }

    internal IRepositoryStorage Storage => _repository.Storage;

    internal SectionPipeline Pipeline { get; }

    internal SetFailure Failure { get; } = new();

    internal int SectionBytes => _repository.Options.SectionBytes;

    private string Folder => RepositoryLayout.UnfinishedFolder(Id);

    /// <summary>Begins the part of an owner.</summary>
    /// <param name="part">Whose part.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The open part; it must be completed, abandoned or disposed (= dropped without a record) before the next begins.</returns>
    /// <exception cref="InvalidOperationException">A part is open, or the set is committed or failed.</exception>
    /// <exception cref="ArgumentException">A member is out of range, the owner has a part in this set already, or the repository holds no such parent of this owner.</exception>
    /// <exception cref="RepositoryException">ChainBroken: the parent itself cannot be restored. Otherwise the storage failed, now or while an earlier part was written.</exception>
    public async ValueTask<PartWriter> BeginPartAsync(NewOwnerPart part, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(part);
        ThrowIfBusy();
        part.Validate(nameof(part));
        if (_sids.Contains(part.Sid))
        {
            throw new ArgumentException($"Owner 0x{part.Sid:X8} has a part in this set already.", nameof(part));
        }

        part = part with { Parent = StoredParent(part) };
        Failure.ThrowIfFailed();
        await BeginAsync(cancellationToken);
        var appender = new SegmentAppender(Storage, Folder, Id, _parts.Count, _repository.Options.SegmentBytes, _finisher, new PartFailure(Failure));
        _openSid = part.Sid;
        return _open = new PartWriter(this, part, appender);
    }

    /// <summary>Commits the set: data durable and read back, manifest durable and read back, renamed, indexed.</summary>
    /// <param name="outcome">What the set is called.</param>
    /// <param name="progress">Told synchronously after each phase; or null. An observer that stops the process stops it exactly there.</param>
    /// <param name="cancellationToken">Ends the call before the set is renamed; after that it is not looked at.</param>
    /// <returns>The committed set.</returns>
    /// <exception cref="InvalidOperationException">A part is open, or the set is committed or failed.</exception>
    /// <exception cref="RepositoryException">
    /// Damaged: what was read back is not what was written. DiskFull, NotPermitted, Io: the storage failed. Nothing is listed; dispose the writer.
    /// Only when the storage fails after <see cref="CommitPhase.ManifestWritten"/> it is open which of the two happened, and listing tells.
    /// </exception>
    public async ValueTask<BackupSet> CommitAsync(SetOutcome outcome, IProgress<CommitPhase>? progress, CancellationToken cancellationToken)
    {
        if (outcome is not (SetOutcome.Succeeded or SetOutcome.Partial or SetOutcome.Failed))
        {
            throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "The outcome of a set is Succeeded, Partial or Failed.");
        }

        ThrowIfBusy();
        _lock.Require(_repository);
        await BeginAsync(cancellationToken);
        _ended = true;
        await _finisher.WhenIdle().WaitAsync(cancellationToken);
        Failure.ThrowIfFailed();
        RequireStreamsMatchFiles();
        progress?.Report(CommitPhase.SegmentsFlushed);
        progress?.Report(CommitPhase.ReadBack);

        var index = await _repository.LoadIndexAsync(cancellationToken);
        var sequence = index.LastSequence + 1;
        var set = new BackupSet
        {
            Id = Id,
            Sequence = sequence,
            Time = _time,
            Outcome = outcome,
            CopyOnly = _new.CopyOnly,
            ReadBack = _finisher.ReadBack,
            Parts = [.. _parts.Select((written, number) => written.Part with { Sequence = sequence, Number = number })],
        };
        ManifestRecord record = new(_repository.Identity, set);
        byte[] manifest = await RecordFile.WriteAsync(Storage, Folder + "/" + RepositoryLayout.Manifest, record, cancellationToken);
        await Storage.FlushFolderAsync(Folder, cancellationToken);
        progress?.Report(CommitPhase.ManifestWritten);

        // The new index is on storage before the rename: a disk that is full says so while the set can still be given up.
        index = index with { LastSequence = sequence, Sets = [.. index.Sets, new IndexedSet(Id, sequence, CheckedRecord.ShaOf(manifest))] };
        await RecordFile.PrepareAsync(Storage, RepositoryLayout.IndexFile, index, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();

        await Storage.RenameAsync(Folder, RepositoryLayout.SetFolder(sequence, Id), CancellationToken.None);
        await Storage.FlushFolderAsync(RepositoryLayout.Sets, CancellationToken.None);
        await Storage.FlushFolderAsync(RepositoryLayout.Unfinished, CancellationToken.None);
        progress?.Report(CommitPhase.Renamed);
        await RecordFile.PlaceAsync(Storage, "", RepositoryLayout.IndexFile, CancellationToken.None);
        _committed = true;
        _repository.Committed(set);
        progress?.Report(CommitPhase.Indexed);
        return set;
    }

    /// <summary>Stops the threads; removes the set when it was not committed.</summary>
    /// <returns>A task.</returns>
    /// <exception cref="RepositoryException">The unfinished set could not be removed; the next writer will.</exception>
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
            if (_begun && !_committed)
            {
                // Also after the rename, when only the index is missing: then neither is there, or the index is adopted by the next writer.
                await Storage.DeleteAsync(Folder, CancellationToken.None);
                await Storage.DeleteAsync(RepositoryLayout.IndexFile + RepositoryLayout.NewSuffix, CancellationToken.None);
            }
        }
        finally
        {
            _lock.Writing = false;
        }
    }

    /// <summary>Takes the record of the open part with its files, or null when it leaves no record.</summary>
    internal void End(OwnerPart? part, IReadOnlyList<FinishedSegment> files)
    {
        _open = null;
        if (part is not null)
        {
            _parts.Add((part, files));
            _sids.Add(_openSid);
        }
    }

    // What the repository holds, not what the caller says: a set whose chain leads nowhere would be committed and could not be restored.
    private OwnerPart? StoredParent(NewOwnerPart part)
    {
        if (part.Parent is not { } given)
        {
            return null;
        }

        if (given.Sid != part.Sid || _repository.Find(given.Set)?.Part(part.Sid) is not { IsStored: true } stored)
        {
            throw new ArgumentException(
                $"{nameof(part.Parent)} must be a stored part of owner 0x{part.Sid:X8} in this repository; that of 0x{given.Sid:X8} in set {given.Set} is not.", nameof(part));
        }

        _repository.ResolveChain(stored);
        return stored;
    }

    // The manifest states the place, number and size of every stream: a reader goes by it, so it must agree with what was read back.
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

    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        if (!_begun)
        {
            await Storage.CreateFolderAsync(Folder, cancellationToken);
            _begun = true;
        }
    }

    private void ThrowIfBusy()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_ended || _open is not null)
        {
            throw new InvalidOperationException(_ended
                ? $"Set {Id} was committed, or its commit failed; begin another."
                : $"A part of set {Id} is open; complete or abandon it first.");
        }
    }
}
