using System.Buffers.Binary;
using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Opens files of a source without ever waiting or following, and hashes content: data as it is, a hole as a mark and its length.</summary>
internal sealed class FileContent : IDisposable
{
    /// <summary>How often a file that changes while it is read is read.</summary>
    internal const int Attempts = 3;

    internal const string Unsettled = "it changed each of three times it was read";
    private readonly TreeSource _source;
    private readonly FolderCursor _cursor;
    private readonly XxHash128 _hash = new();
    private readonly byte[] _buffer = new byte[256 * 1024];

    internal FileContent(TreeSource source)
    {
        _source = source;
        _cursor = new FolderCursor(source.Root);
    }

    /// <summary>Opens a regular file; anything else is refused before a byte is read.</summary>
    /// <returns>Null, or why not.</returns>
    internal string? Open(PathBuffer path, out int file, out FileStatus status)
    {
        FileStatus actual = default;
        (file, status) = (-1, default);
        int error = _cursor.Enter(path.Parent, out int folder);
        error = error == 0 ? OwnFiles.Open(folder, path.Leaf, out file, out actual) : error;
        error = error == 0 ? Stat(file, out status) : error;
        string? why = error switch
        {
            0 when status.Kind == FileKind.File && LiveDatabase.IsOwn(file, actual) => LiveDatabase.Refusal,
            0 when status.Kind == FileKind.File => null,
            0 => $"it became a {RawPath.KindName(status.Kind)}",
            Errno.NotFound => "it vanished before it could be read",
            Errno.Loop => "it became a link",
            _ => Errno.Text(error),
        };
        if (why is not null)
        {
            OwnFiles.Close(file);
            file = -1;
        }

        return why;
    }

    internal int Stat(int file, out FileStatus status)
    {
        int error = Kernel.StatOpen(file, out FileStatus actual);
        status = error == 0 ? _source.Believe(actual) : default;
        return error;
    }

    internal int ReadLink(PathBuffer path, Span<byte> target, out int length)
    {
        length = 0;
        int error = _cursor.Enter(path.Parent, out int folder);
        return error == 0 ? Kernel.ReadLink(folder, path.Leaf, target, out length) : error;
    }

    internal static bool IsSettled(in FileStatus before, in FileStatus after) =>
        before.Size == after.Size && before.ModifiedNanoseconds == after.ModifiedNanoseconds && before.ChangedNanoseconds == after.ChangedNanoseconds;

    internal static bool HasHoles(in FileStatus status) => status.AllocatedBytes < status.Size && status.Size >= 4096;

    /// <summary>Whether a file ends where its status says. Where nothing is allocated, as in /proc, the size may be 0 or a guess.</summary>
    internal static bool TellsItsSize(int file, in FileStatus status)
    {
        if (status.AllocatedBytes != 0)
        {
            return true;
        }

        Span<byte> last = stackalloc byte[1];
        return Kernel.ReadAt(file, last, Math.Max(status.Size - 1, 0), out int got) != 0 || got == (status.Size == 0 ? 0 : 1);
    }

    internal static bool NoteGrowth(TreeEntry entry, RemarkList remarks)
    {
        remarks.Note($"'{RawPath.Display(entry.Path.Span)}' grew while it was read; kept at the {entry.Size} bytes it had when it was opened.");
        entry.Racy = true;
        return true;
    }

    /// <summary>The next piece of data at or after an offset, within the first <paramref name="size"/> bytes; empty at the size when only a hole
    /// follows.</summary>
    internal static int NextData(int file, long offset, long size, bool holes, out long start, out long end)
    {
        (start, end) = (offset, size);
        if (!holes)
        {
            return 0;
        }

        int error = Kernel.FindData(file, offset, out start);
        if (error is Errno.Invalid or Errno.NotSupported)
        {
            // A file system that does not tell its holes: all of it is data.
            (start, end) = (offset, size);
            return 0;
        }

        if (error == Errno.NoSuchDevice || (error == 0 && start >= size))
        {
            (start, end) = (size, size);
            return 0;
        }

        error = error == 0 ? Kernel.FindHole(file, start, out end) : error;
        end = Math.Min(end, size);
        return error;
    }

    internal static void HashHole(XxHash128 hash, long length)
    {
        Span<byte> mark = stackalloc byte[12];
        "HOLE"u8.CopyTo(mark);
        BinaryPrimitives.WriteInt64LittleEndian(mark[4..], length);
        hash.Append(mark);
    }

    internal int EnterParent(PathBuffer path, out int folder) => _cursor.Enter(path.Parent, out folder);

    /// <summary>Whether nothing of this name is there any more.</summary>
    internal bool IsGone(PathBuffer path)
    {
        int error = _cursor.Enter(path.Parent, out int folder);
        error = error == 0 ? Kernel.Stat(folder, path.Leaf, out _) : error;
        return error is Errno.NotFound or Errno.NotFolder;
    }

    /// <summary>Hashes a file of which nothing changes meanwhile. False when something does.</summary>
    internal bool TryHashSettled(int file, in FileStatus status, out Hash128 hash, CancellationToken cancellationToken) =>
        TryHash(file, status.Size, HasHoles(status), out hash, cancellationToken) && Stat(file, out FileStatus after) == 0 && IsSettled(status, after);

    /// <summary>Hashes a file to its end, whatever its status says of its size.</summary>
    internal bool TryHashToEnd(int file, out Hash128 hash, CancellationToken cancellationToken)
    {
        _hash.Reset();
        int error = 0;
        for (long offset = 0, got = 1; error == 0 && got > 0; offset += got)
        {
            _source.Beat(cancellationToken);
            error = Kernel.ReadAt(file, _buffer, offset, out int bytes);
            got = bytes;
            _hash.Append(_buffer.AsSpan(0, bytes));
        }

        hash = ContentHash.Of(_hash);
        return error == 0;
    }

    /// <summary>Hashes the first bytes of an open file. False when it is shorter or cannot be read: it is changing.</summary>
    internal bool TryHash(int file, long size, bool holes, out Hash128 hash, CancellationToken cancellationToken)
    {
        (hash, _) = (default, 0);
        _hash.Reset();
        for (long offset = 0; offset < size;)
        {
            if (NextData(file, offset, size, holes, out long start, out long end) != 0)
            {
                return false;
            }

            if (start > offset)
            {
                HashHole(_hash, start - offset);
            }

            for (offset = start; offset < end;)
            {
                _source.Beat(cancellationToken);
                int want = (int)Math.Min(_buffer.Length, end - offset);
                if (Kernel.ReadAt(file, _buffer.AsSpan(0, want), offset, out int got) != 0 || got < want)
                {
                    return false;
                }

                _hash.Append(_buffer.AsSpan(0, got));
                offset += got;
            }
        }

        hash = ContentHash.Of(_hash);
        return true;
    }

    public void Dispose()
    {
        _cursor.Dispose();
        OwnFiles.Flush();
    }
}
