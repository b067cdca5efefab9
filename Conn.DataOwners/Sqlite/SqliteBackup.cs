using System.Buffers.Binary;
using System.IO.Hashing;
using Conn.ActiveBackup;

namespace Conn.DataOwners.Sqlite;

/// <summary>The backup side of one operation: snapshot in, copy, data out, snapshot out. <see cref="Close"/> leaves nothing behind.</summary>
internal sealed class SqliteBackup(SqliteOwnerOptions options, RemarkList remarks) : IDisposable
{
    // Pieces of 32 KiB (2048 pages): one changed page costs one piece in the next set, and a large database does not become a million pieces.
    private const int SnapshotPieceBytes = 32 * 1024;

    private SpoolFolder? _spool;
    private ReceivedSnapshot? _snapshot;
    private SourceCopy? _copy;
    private PageHashes? _hashes;
    private BackupStream? _stream;
    private byte[] _snapshotHeader = [];
    private byte[] _parentPageOne = [];
    private uint _parentPages;
    private long _snapshotAt;

    public void ReceiveSnapshot(ReadOnlySpan<byte> section, bool last)
    {
        EndFinished();
        try
        {
            _snapshot ??= new ReceivedSnapshot(Spool().NewFile());
            _snapshot.Accept(section, last);
        }
        catch (Exception e) when (IsFull(e))
        {
            throw SpoolFull(e);
        }
    }

    /// <summary>Keeps the received snapshot only if the next increment can start from it.</summary>
    public void CheckSnapshot(CancellationToken cancellationToken)
    {
        if (_snapshot is null)
        {
            return;
        }

        try
        {
            _snapshot.Check(cancellationToken);
            (_parentPages, _parentPageOne) = (_snapshot.Header!.PageCount, _snapshot.HashOf(1).ToArray());
            int pageSize = PageSizeNow(cancellationToken);
            if (pageSize != _snapshot.Header.PageSize)
            {
                throw SqliteErrors.Damaged(PageSizeChanged(_snapshot.Header.PageSize, pageSize));
            }
        }
        catch
        {
            DropSnapshot();
            throw;
        }
    }

    /// <summary>Opens the database, so that a plan meets what the run would: no database, a file of another kind, one that may not be read.</summary>
    public long ExpectedBytes(CancellationToken cancellationToken)
    {
        using (Database source = Database.Open(options.DatabasePath, options.BusyTimeout))
        {
            _ = source.Query("SELECT count(*) FROM sqlite_schema", cancellationToken);
        }

        FileInfo file = new(options.DatabasePath);
        return _snapshot is null && file.Exists ? file.Length : -1;
    }

    public void Open(CancellationToken cancellationToken)
    {
        EndFinished();
        if (_stream is not null)
        {
            throw new ConnException(ErrorCode.NotReady, $"A backup stream of {options.Name} was asked for while one is open. Terminate it first.");
        }

        try
        {
            _copy = SourceCopy.Take(options, Spool(), remarks, cancellationToken);
            NoteIfEmptied(_copy);
            if (_snapshot is { Header: null })
            {
                // Nobody said that all snapshots are there: a half-known parent is none.
                DropSnapshot();
            }
            else if (_snapshot is not null && _snapshot.Header.PageSize != _copy.PageSize)
            {
                remarks.WhyBase = PageSizeChanged(_snapshot.Header.PageSize, _copy.PageSize);
                DropSnapshot();
            }

            _hashes = new PageHashes(Spool().NewFile());
            remarks.TotalBytes = (long)_copy.PageCount * _copy.PageSize;
            _stream = new BackupStream(_copy, _hashes, _snapshot, options.Progress);
        }
        catch (Exception e)
        {
            Close();
            if (IsFull(e))
            {
                throw SpoolFull(e);
            }

            throw;
        }
    }

    public SectionResult Read(Span<byte> buffer, CancellationToken cancellationToken)
    {
        if (_stream is null)
        {
            throw new ConnException(ErrorCode.NotReady, $"A section of {options.Name} was asked for and no backup stream is open.");
        }

        bool finished;
        int bytes;
        try
        {
            bytes = _stream.Read(buffer, out finished, cancellationToken);
        }
        catch (Exception e) when (IsFull(e))
        {
            throw SpoolFull(e);
        }

        if (finished)
        {
            _snapshotHeader = _stream.Result!.ToBytes();
            _snapshotAt = 0;
            _copy?.Dispose();
            DropSnapshot();
        }

        return new SectionResult(bytes, finished);
    }

    public SectionResult ReadSnapshot(Span<byte> buffer)
    {
        if (_stream?.Result is not { } state || _hashes is null)
        {
            throw new ConnException(ErrorCode.NotReady, $"The snapshot of {options.Name} was asked for before its data had ended.");
        }

        int bytes;
        if (_snapshotAt < SnapshotHeader.Bytes)
        {
            bytes = Math.Min(buffer.Length, SnapshotHeader.Bytes - (int)_snapshotAt);
            _snapshotHeader.AsSpan((int)_snapshotAt, bytes).CopyTo(buffer);
        }
        else
        {
            // A piece never crosses a boundary, so pieces without a changed page are the same bytes in every set.
            long offset = _snapshotAt - SnapshotHeader.Bytes;
            int room = SnapshotPieceBytes - (int)(offset % SnapshotPieceBytes);
            bytes = _hashes.ReadAt(offset, buffer[..Math.Min(buffer.Length, room)]);
        }

        _snapshotAt += bytes;
        bool finished = _snapshotAt >= state.TotalBytes;
        if (finished)
        {
            Close();
        }

        return new SectionResult(bytes, finished);
    }

    public uint Checksum(CancellationToken cancellationToken) =>
        BinaryPrimitives.ReadUInt32LittleEndian(ContentDigest(options, cancellationToken));

    /// <summary>The digest of the present committed state by content only.</summary>
    public static byte[] ContentDigest(SqliteOwnerOptions options, CancellationToken cancellationToken)
    {
        using SpoolFolder spool = SpoolFolder.Create(options.SpoolFolder);
        using SourceCopy copy = SourceCopy.Take(options, spool, remarks: null, cancellationToken);
        StateDigest digest = new();
        byte[] block = new byte[1024 * 1024];
        byte[] hash = new byte[PageHashes.HashBytes];
        for (uint page = 1; page <= copy.PageCount;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int bytes = copy.ReadPages(page, block);
            if (page == 1)
            {
                PageOne.KeepContentOnly(block);
            }

            for (int at = 0; at < bytes; at += copy.PageSize, page++)
            {
                XxHash128.Hash(block.AsSpan(at, copy.PageSize), hash);
                digest.Append(hash);
            }

            options.Progress?.Invoke();
        }

        return digest.Finish(copy.PageSize, copy.PageCount);
    }

    public void Close()
    {
        _stream = null;
        _hashes?.Dispose();
        _hashes = null;
        _copy?.Dispose();
        _copy = null;
        DropSnapshot();
        (_parentPages, _parentPageOne) = (0, []);
        _spool?.Dispose();
        _spool = null;
    }

    public void Dispose() => Close();

    private static string PageSizeChanged(int then, int now) =>
        $"The database's page size changed from {then} to {now} bytes since the parent set: every page is new.";

    /// <summary>A database that lost its tables since the parent set was probably cut or replaced by mistake. The backup is right, and must not pass
    /// unseen.</summary>
    private void NoteIfEmptied(SourceCopy copy)
    {
        // A database with a table has two pages at least.
        if (!copy.IsEmpty || _parentPages < 2)
        {
            return;
        }

        byte[] page = new byte[copy.PageSize];
        _ = copy.ReadPages(1, page);
        if (!XxHash128.Hash(page).AsSpan().SequenceEqual(_parentPageOne))
        {
            remarks.Note($"WARNING: {options.DatabasePath} has no tables any more, and had {_parentPages} pages in the set before. "
                + "The earlier sets are kept: if this was not meant, restore the set before this one.");
        }
    }

    /// <summary>A backup writes to its spool folder alone, so a full disk is that one.</summary>
    private static bool IsFull(Exception e) =>
        (e is ConnException { Code: var code } && code == ErrorCode.DiskFull) || SqliteErrors.CodeOf(e) == ErrorCode.DiskFull;

    private ConnException SpoolFull(Exception cause)
    {
        string folder = Path.GetFullPath(options.SpoolFolder ?? Path.GetTempPath());
        string how = options.SpoolFolder is null ? "TMPDIR chooses another folder" : "name another spool folder";
        return new ConnException(ErrorCode.DiskFull,
            $"The temporary folder {folder} is full: a backup of {options.DatabasePath} keeps a copy of the database there while it runs. "
            + $"Make room, or {how}.", cause);
    }

    private SpoolFolder Spool() => _spool ??= SpoolFolder.Create(options.SpoolFolder);

    /// <summary>Lets go of an operation that came to its end, so that the next one can begin with the same owner.</summary>
    private void EndFinished()
    {
        if (_stream?.Result is not null)
        {
            _stream = null;
            _hashes?.Dispose();
            _hashes = null;
        }
    }

    private void DropSnapshot()
    {
        _snapshot?.Dispose();
        _snapshot = null;
    }

    private int PageSizeNow(CancellationToken cancellationToken)
    {
        using Database source = Database.Open(options.DatabasePath, options.BusyTimeout);
        return int.Parse(source.Query("PRAGMA page_size", cancellationToken)[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
