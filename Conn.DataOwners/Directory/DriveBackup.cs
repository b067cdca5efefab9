using Conn.ActiveBackup;

namespace Conn.DataOwners.Directory;

/// <summary>One drive's backup: the snapshot it starts from, one walk, the stream, the new snapshot. The walk is done once, whoever needs it first.</summary>
internal sealed class DriveBackup : IDisposable
{
    /// <summary>What 64 bits of nanoseconds hold, with some room: a virtual clock may start in the year 1.</summary>
    private const long MaxTicks = 90_000_000_000_000_000;
    private readonly string _path;
    private readonly DirectoryOwnerOptions _options;
    private readonly RemarkList _remarks;
    private readonly string _spoolFolder;
    private OldSnapshot? _old;
    private TreeSource? _source;
    private Catalogue? _catalogue;
    private BackupStream? _stream;
    private SnapshotWriter? _snapshot;
    private MovedFiles _moved = MovedFiles.None;
    private long _expected;
    private bool _dataEnded;

    internal DriveBackup(string path, DirectoryOwnerOptions options, RemarkList remarks)
    {
        (_path, _options, _remarks) = (path, options, remarks);
        _spoolFolder = options.SpoolFolder ?? System.IO.Path.GetTempPath();
    }

    /// <summary>True once its data was opened.</summary>
    internal bool HasBegun { get; private set; }

    internal bool HasHalfSnapshot => _old is { IsComplete: false };

    internal void ReceiveSnapshot(ReadOnlySpan<byte> section, bool last, CancellationToken cancellationToken)
    {
        if (_catalogue is not null || _old is { IsComplete: true })
        {
            throw new ConnException(ErrorCode.NotReady, "A snapshot came after it was complete or after data was asked for.");
        }

        _old ??= new OldSnapshot(_spoolFolder);
        _old.Append(section);
        if (last)
        {
            _old.Check(cancellationToken);
        }
    }

    internal long ExpectedBytes(CancellationToken cancellationToken)
    {
        Walk(cancellationToken);
        return _expected;
    }

    internal void Begin(CancellationToken cancellationToken)
    {
        if (HasBegun)
        {
            throw new ConnException(ErrorCode.NotReady, "The data of a drive is opened once in an operation.");
        }

        HasBegun = true;

        Walk(cancellationToken);
        _snapshot = new SnapshotWriter(_spoolFolder, _catalogue!.ScanStart);
        _stream = new BackupStream(new BackupContext(_source!, _catalogue, _old, _moved, _snapshot, _remarks));
    }

    internal SectionResult Fill(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_stream is null || _dataEnded)
        {
            throw new ConnException(ErrorCode.NotReady, "A section was asked for while no stream is open; open one first.");
        }

        int bytes = _stream.Fill(buffer, out _dataEnded, cancellationToken);
        if (_dataEnded)
        {
            _stream.Dispose();
            _catalogue?.Dispose();
            _old?.Dispose();
            _source?.Dispose();
            _old = null;
        }

        return new SectionResult(bytes, _dataEnded);
    }

    internal SectionResult FillSnapshot(Span<byte> buffer)
    {
        if (_snapshot is null || !_dataEnded)
        {
            throw new ConnException(ErrorCode.NotReady, "The snapshot is there once all data of the drive was asked for, and until it was read.");
        }

        int bytes = _snapshot.ReadPiece(buffer, out bool finished);
        if (finished)
        {
            _snapshot.Dispose();
            _snapshot = null;
        }

        return new SectionResult(bytes, finished);
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _snapshot?.Dispose();
        _catalogue?.Dispose();
        _source?.Dispose();
        _old?.Dispose();
        (_stream, _snapshot, _old) = (null, null, null);
    }

    private void Walk(CancellationToken cancellationToken)
    {
        if (_catalogue is not null)
        {
            return;
        }

        _source = TreeSource.Open(_path, _options, _remarks);
        long ticks = (_options.TimeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;
        var catalogue = new Catalogue(_spoolFolder) { ScanStart = Math.Clamp(ticks, -MaxTicks, MaxTicks) * 100 };
        try
        {
            using var walk = new TreeWalk(_source, catalogue, _remarks);
            walk.Run(cancellationToken);
            _expected = catalogue.ContentBytes + (catalogue.Count * 64);
            _remarks.TotalBytes[_path] = catalogue.ContentBytes;
            if (_old is not null)
            {
                Compare(catalogue, _old, cancellationToken);
            }
        }
        catch
        {
            catalogue.Dispose();
            _source.Dispose();
            _source = null;
            throw;
        }

        _catalogue = catalogue;
    }

    /// <summary>Finds which files may have been moved, and how much is new by its times.</summary>
    private void Compare(Catalogue catalogue, OldSnapshot old, CancellationToken cancellationToken)
    {
        var candidates = new List<ulong>();
        var merge = new TreeMerge(catalogue.Read(), old.Read());
        var lost = new LostFiles(catalogue.LeftOut);
        _expected = 0;
        for (int count = 0; merge.Next(); count++)
        {
            if ((count & 0xFFF) == 0)
            {
                _source?.Beat(cancellationToken);
            }

            lost.Count(merge.New, merge.Old);
            if (merge.New is not { Kind: EntryKind.File } entry)
            {
                continue;
            }

            bool known = merge.Old is { Kind: EntryKind.File } before && before.HasSameStamp(entry);
            _expected += known ? 0 : entry.Size + 64;
            if (merge.Old is not { Kind: EntryKind.File } || merge.Old.Inode != entry.Inode)
            {
                candidates.Add(MovedFiles.KeyOf(entry));
            }
        }

        _moved = MovedFiles.Find(candidates, old.Read(), cancellationToken);
        lost.Tell(_path, _moved.Count, _remarks);
    }
}
