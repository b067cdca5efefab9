using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Writes files whose size the file system does not tell, as of /proc, /sys and some file systems in user space: read to their end onto a spool first,
/// because a record begins with the size.</summary>
internal sealed class UnsizedFiles(BackupContext context)
{
    /// <summary>A file of the kernel may have no end.</summary>
    private const long MaxBytes = 1L << 30;
    private const int ChunkBytes = 64 * 1024;

    /// <summary>A sequence that stops whenever a section is full.</summary>
    internal IEnumerable<bool> Attempt(TreeEntry entry, KnownContent known, int file, FileStatus status, LargeFiles.Written written)
    {
        using var spool = new SpoolFile(context.Source.SpoolFolder);
        written.Failure = ReadToEnd(file, spool, out Hash128 hash);
        if (written.Failure is not null || context.Content.Stat(file, out FileStatus after) != 0 || !FileContent.IsSettled(status, after))
        {
            yield break;
        }

        (entry.Size, entry.Hash, entry.Racy) = (spool.Length, hash, true);
        context.UnsizedFiles++;
        written.Whole = true;
        if (known.TryKeep())
        {
            yield break;
        }

        context.Encoder.File(entry);
        for (long offset = 0; offset < spool.Length;)
        {
            context.Beat();
            while (context.Filler.IsBlocked)
            {
                yield return true;
            }

            offset += WriteChunk(spool, offset);
        }

        while (context.Filler.IsBlocked)
        {
            yield return true;
        }

        context.Encoder.EndFile(entry.Hash);
        known.Written();
    }

    /// <returns>Null, or why the end was not reached.</returns>
    private string? ReadToEnd(int file, SpoolFile spool, out Hash128 hash)
    {
        hash = default;
        var sum = new XxHash128();
        byte[] buffer = new byte[ChunkBytes];
        while (true)
        {
            context.Beat();
            int error = Kernel.ReadAt(file, buffer, spool.Length, out int got);
            if (error != 0)
            {
                return Errno.Text(error);
            }

            if (got == 0)
            {
                hash = ContentHash.Of(sum);
                return null;
            }

            if (spool.Length + got > MaxBytes)
            {
                return $"the file system does not tell its size, and it has more than {MaxBytes} bytes";
            }

            sum.Append(buffer.AsSpan(0, got));
            spool.Append(buffer.AsSpan(0, got));
        }
    }

    private int WriteChunk(SpoolFile spool, long offset)
    {
        int chunk = (int)Math.Min(spool.Length - offset, ChunkBytes);
        Span<byte> record = context.Filler.Reserve(1 + WireWriter.MaxVarint + chunk);
        int head = StreamEncoder.DataHead(record, chunk);
        spool.ReadAt(offset, record.Slice(head, chunk));
        context.Encoder.CommitData(head + chunk);
        return chunk;
    }
}
