using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Writes large files, files with holes and files that do not tell their size: piece by piece while they are read, and taken back when they
/// turn out to have changed.</summary>
internal sealed class LargeFiles(BackupContext context)
{
    private const int ChunkBytes = 1 << 20;
    private readonly UnsizedFiles _unsized = new(context);
    private readonly BigFiles _big = new(context);

    /// <summary>A sequence that stops whenever a section is full.</summary>
    internal IEnumerable<bool> Write(TreeEntry entry, TreeEntry? old)
    {
        var known = new KnownContent(context, entry, old);
        string why = FileContent.Unsettled;
        for (int attempt = 0; attempt < FileContent.Attempts; attempt++)
        {
            string? refusal = context.Content.Open(entry.Path, out int file, out FileStatus status);
            if (refusal is not null)
            {
                why = refusal;
                break;
            }

            try
            {
                known.Take(file, status);
                var written = new Written();
                foreach (bool step in Steps(entry, known, file, status, written))
                {
                    yield return step;
                }

                if (written.Whole)
                {
                    yield break;
                }

                why = written.Failure ?? why;
            }
            finally
            {
                OwnFiles.Close(file);
            }
        }

        context.LeaveOut(entry, old, why);
    }

    private IEnumerable<bool> Steps(TreeEntry entry, KnownContent known, int file, FileStatus status, Written written) =>
        !FileContent.TellsItsSize(file, status) ? _unsized.Attempt(entry, known, file, status, written)
        : status.Size > BlockFormat.LargestWholeFile ? _big.Attempt(entry, known, file, status, written)
        : Attempt(entry, known, file, status, written);

    private IEnumerable<bool> Attempt(TreeEntry entry, KnownContent known, int file, FileStatus status, Written written)
    {
        if (known.MayBeKnown && context.Content.TryHashSettled(file, status, out Hash128 before, context.CancellationToken))
        {
            entry.Hash = before;
            if (known.TryKeep())
            {
                written.Whole = true;
                yield break;
            }
        }

        Kernel.AdviseSequential(file);
        context.Encoder.File(entry);
        var hash = new XxHash128();
        foreach (bool step in Content(file, status, hash, written))
        {
            yield return step;
        }

        while (context.Filler.IsBlocked)
        {
            yield return true;
        }

        entry.Hash = ContentHash.Of(hash);
        if (written.Whole && IsAsWritten(context, entry, file, status))
        {
            context.Encoder.EndFile(entry.Hash);
            known.Written();
            yield break;
        }

        written.Whole = false;
        context.Encoder.Discard();
        known.Discarded(isPatch: false);
        while (context.Filler.IsBlocked)
        {
            yield return true;
        }
    }

    private IEnumerable<bool> Content(int file, FileStatus status, XxHash128 hash, Written written)
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
                while (context.Filler.IsBlocked)
                {
                    yield return true;
                }

                FileContent.HashHole(hash, start - offset);
                context.Encoder.Hole(start - offset);
            }

            for (offset = start; offset < end;)
            {
                context.Beat();
                while (context.Filler.IsBlocked)
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
        int room = context.Filler.Room - headBytes;
        int chunk = (int)Math.Min(end - offset, room >= 4096 ? Math.Min(room, ChunkBytes) : 64 * 1024);
        Span<byte> record = context.Filler.Reserve(headBytes + chunk);
        int head = StreamEncoder.DataHead(record, chunk);
        Span<byte> content = record.Slice(head, chunk);
        if (Kernel.ReadAt(file, content, offset, out int got) != 0 || got < chunk)
        {
            return 0;
        }

        hash.Append(content);
        context.Encoder.CommitData(head + chunk);
        return chunk;
    }

    /// <summary>Whether the file still has the content whose hash is in the entry: nothing changed, or it only grew.</summary>
    internal static bool IsAsWritten(BackupContext context, TreeEntry entry, int file, in FileStatus status)
    {
        if (context.Content.Stat(file, out FileStatus after) != 0)
        {
            return false;
        }

        if (FileContent.IsSettled(status, after))
        {
            return true;
        }

        bool grew = after.Size > status.Size
            && context.Content.TryHash(file, status.Size, FileContent.HasHoles(status), out Hash128 again, context.CancellationToken) && again == entry.Hash;
        return grew && FileContent.NoteGrowth(entry, context.Remarks);
    }

    /// <summary>What the steps of one attempt came to.</summary>
    internal sealed class Written
    {
        internal bool Whole { get; set; }

        /// <summary>Why the attempt failed, when not because the file changed.</summary>
        internal string? Failure { get; set; }
    }
}
