using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

internal sealed partial class BackupStream
{
    private const int Attempts = 3;
    private const int WholeFileBytes = 1 << 20;
    private const int ChunkBytes = 1 << 20;
    private const string Unsettled = "it changed each of three times it was read";

    /// <summary>Small files: read as a whole before a byte of them is written, straight into the section where they fit.</summary>
    /// <returns>False when the file must be written in pieces; nothing was written then.</returns>
    private bool TryWriteFile(TreeEntry entry, TreeEntry? old)
    {
        bool inPlace = old is { Kind: EntryKind.File } && _moved.IndexOf(old) < 0;
        if (inPlace && !_clockSetBack && entry.IsUntouched(old!))
        {
            entry.Hash = old!.Hash;
            Keep(entry, rewritten: false);
            return true;
        }

        if (entry.Size > WholeFileBytes)
        {
            return false;
        }

        int candidate = old is { Kind: EntryKind.File } && old.Inode == entry.Inode ? -1 : _moved.IndexOf(entry);
        string why = Unsettled;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            string? refusal = _content.Open(entry.Path, out int file, out FileStatus status);
            if (refusal is not null)
            {
                why = refusal;
                break;
            }

            if (status.Size > WholeFileBytes || FileContent.HasHoles(status))
            {
                Kernel.Close(file);
                return false;
            }

            Take(entry, status);
            Span<byte> record = _filler.Reserve(StreamFormat.MaxRecord + (int)entry.Size);
            int head = _encoder.WholeFileHead(record, entry);
            Span<byte> content = record.Slice(head, (int)entry.Size);
            int error = Kernel.Read(file, content, out int got);
            FileStatus after = default;
            error = error == 0 ? _content.Stat(file, out after) : error;
            bool settled = error == 0 && got == content.Length && (FileContent.IsSettled(status, after) || OnlyGrew(entry, file, content, after));
            Kernel.Close(file);
            if (settled)
            {
                entry.Hash = XxHash128.HashToUInt128(content);
                if (!TryKeepOld(entry, inPlace ? old : null, candidate))
                {
                    _encoder.CommitWholeFile(record, head + content.Length, entry);
                    Keep(entry, rewritten: true);
                }

                return true;
            }

            why = error == 0 ? Unsettled : Errno.Text(error);
        }

        LeaveOut(entry, old, why);
        return true;
    }

    /// <summary>Large files and files with holes: written while they are read, and taken back when they turn out to have changed.</summary>
    private IEnumerable<bool> FileSteps(TreeEntry entry, TreeEntry? old)
    {
        bool inPlace = old is { Kind: EntryKind.File } && _moved.IndexOf(old) < 0;
        int candidate = old is { Kind: EntryKind.File } && old.Inode == entry.Inode ? -1 : _moved.IndexOf(entry);
        string why = Unsettled;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            string? refusal = _content.Open(entry.Path, out int file, out FileStatus status);
            if (refusal is not null)
            {
                why = refusal;
                break;
            }

            try
            {
                Take(entry, status);
                bool sameStamp = inPlace && entry.HasSameStamp(old!);
                if ((sameStamp || candidate >= 0) && TryHashSettled(file, status, out UInt128 known))
                {
                    entry.Hash = known;
                    if (TryKeepOld(entry, sameStamp ? old : null, candidate))
                    {
                        yield break;
                    }
                }

                Kernel.AdviseSequential(file);
                _encoder.File(entry);
                var hash = new XxHash128();
                var written = new Written();
                foreach (bool step in ContentSteps(file, status, hash, written))
                {
                    yield return step;
                }

                while (_filler.IsBlocked)
                {
                    yield return true;
                }

                if (written.Whole && IsAsWritten(entry, file, status, hash))
                {
                    _encoder.EndFile(entry.Hash);
                    Keep(entry, rewritten: true);
                    yield break;
                }

                _encoder.Discard();
                while (_filler.IsBlocked)
                {
                    yield return true;
                }
            }
            finally
            {
                Kernel.Close(file);
            }
        }

        LeaveOut(entry, old, why);
    }

    private IEnumerable<bool> ContentSteps(int file, FileStatus status, XxHash128 hash, Written written)
    {
        bool holes = FileContent.HasHoles(status);
        for (long offset = 0; offset < status.Size;)
        {
            if (FileContent.NextData(file, offset, status.Size, holes, out long start, out long end) != 0)
            {
                yield break;
            }

            if (start > offset)
            {
                while (_filler.IsBlocked)
                {
                    yield return true;
                }

                FileContent.HashHole(hash, start - offset);
                _encoder.Hole(start - offset);
            }

            for (offset = start; offset < end;)
            {
                _source.Beat(_cancellationToken);
                while (_filler.IsBlocked)
                {
                    yield return true;
                }

                int chunk = WriteChunk(file, offset, end, hash);
                if (chunk == 0)
                {
                    yield break;
                }

                offset += chunk;
            }
        }

        written.Whole = true;
    }

    /// <summary>One data record, as large as the section takes. 0 when the file is shorter than it was.</summary>
    private int WriteChunk(int file, long offset, long end, XxHash128 hash)
    {
        const int headBytes = 1 + WireWriter.MaxVarint;
        int room = _filler.Room - headBytes;
        int chunk = (int)Math.Min(end - offset, room >= 4096 ? Math.Min(room, ChunkBytes) : 64 * 1024);
        Span<byte> record = _filler.Reserve(headBytes + chunk);
        int head = StreamEncoder.DataHead(record, chunk);
        Span<byte> content = record.Slice(head, chunk);
        if (Kernel.ReadAt(file, content, offset, out int got) != 0 || got < chunk)
        {
            return 0;
        }

        hash.Append(content);
        _encoder.CommitData(head + chunk);
        return chunk;
    }

    /// <summary>What the steps of a file's content came to.</summary>
    private sealed class Written
    {
        internal bool Whole { get; set; }
    }
}
