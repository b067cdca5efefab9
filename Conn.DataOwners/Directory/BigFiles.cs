using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Writes files with a block table: of one that the chain has already, only what changed. Memory does not grow with the file.</summary>
internal sealed class BigFiles(BackupContext context)
{
    /// <summary>A sequence that stops whenever a section is full.</summary>
    internal IEnumerable<bool> Attempt(TreeEntry entry, KnownContent known, int file, FileStatus status, LargeFiles.Written written)
    {
        if (known.MayBeKnown && TryKeep(entry, known, file, status))
        {
            written.Whole = true;
            yield break;
        }

        using var table = new BlockTable(context.Source.SpoolFolder);
        OldBlocks? old = known.OldBlocks();
        var pass = new BlockPass(file, status.Size, FileContent.HasHoles(status), old, table);
        Kernel.AdviseSequential(file);
        context.Encoder.File(entry, old is null ? RecordKind.File : RecordKind.Patch);
        foreach (bool step in Content(pass))
        {
            yield return step;
        }

        entry.Hash = pass.Hash;
        written.Whole = !pass.Failed && LargeFiles.IsAsWritten(context, entry, file, status);
        if (written.Whole)
        {
            context.Encoder.EndFile(entry.Hash);
            known.Blocks = table;
            known.Written();
            yield break;
        }

        context.Encoder.Discard();
        known.Discarded(isPatch: old is not null);
        while (context.Filler.IsBlocked)
        {
            yield return true;
        }
    }

    private bool TryKeep(TreeEntry entry, KnownContent known, int file, in FileStatus status)
    {
        using var table = new BlockTable(context.Source.SpoolFolder);
        var pass = new BlockPass(file, status.Size, FileContent.HasHoles(status), null, table);
        while (pass.Next())
        {
            context.Beat();
        }

        entry.Hash = pass.Hash;
        known.Blocks = table;
        bool kept = !pass.Failed && context.Content.Stat(file, out FileStatus after) == 0 && FileContent.IsSettled(status, after) && known.TryKeep();
        known.Blocks = null;
        return kept;
    }

    private IEnumerable<bool> Content(BlockPass pass)
    {
        long same = 0;
        while (pass.Next())
        {
            context.Beat();
            if (pass.IsSame)
            {
                same += pass.Length;
                continue;
            }

            while (context.Filler.IsBlocked)
            {
                yield return true;
            }

            if (same > 0)
            {
                context.Encoder.Same(same);
                same = 0;
                while (context.Filler.IsBlocked)
                {
                    yield return true;
                }
            }

            Write(pass);
        }

        while (context.Filler.IsBlocked)
        {
            yield return true;
        }

        if (same > 0)
        {
            context.Encoder.Same(same);
            while (context.Filler.IsBlocked)
            {
                yield return true;
            }
        }
    }

    private void Write(BlockPass pass)
    {
        if (pass.IsHole)
        {
            context.Encoder.Hole(pass.Length);
        }
        else
        {
            context.Encoder.Data(pass.Bytes);
        }
    }
}
