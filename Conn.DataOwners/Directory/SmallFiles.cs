using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Writes files that fit one record: read as a whole before a byte of them is written, straight into the section where they fit.</summary>
internal sealed class SmallFiles(BackupContext context)
{
    internal const int MaxBytes = 1 << 20;
    private byte[] _again = [];

    /// <returns>False when the file must be written in pieces; nothing was written then.</returns>
    internal bool TryWrite(TreeEntry entry, TreeEntry? old)
    {
        var known = new KnownContent(context, entry, old);
        if (known.IsUntouched)
        {
            known.KeepUntouched();
            return true;
        }

        if (entry.Size > MaxBytes)
        {
            return false;
        }

        string why = FileContent.Unsettled;
        for (int attempt = 0; attempt < FileContent.Attempts; attempt++)
        {
            string? refusal = context.Content.Open(entry.Path, out int file, out FileStatus status);
            if (refusal is not null)
            {
                why = refusal;
                break;
            }

            if (status.Size > MaxBytes || FileContent.HasHoles(status) || !FileContent.TellsItsSize(file, status))
            {
                OwnFiles.Close(file);
                return false;
            }

            known.Take(file, status);
            int error = TryWhole(entry, known, file, status, out bool done);
            OwnFiles.Close(file);
            if (done)
            {
                return true;
            }

            why = error == 0 ? FileContent.Unsettled : Errno.Text(error);
        }

        context.LeaveOut(entry, old, why);
        return true;
    }

    private int TryWhole(TreeEntry entry, KnownContent known, int file, in FileStatus status, out bool done)
    {
        Span<byte> record = context.Filler.Reserve(StreamFormat.MaxRecord + entry.Extended.Length + (int)entry.Size);
        int head = context.Encoder.WholeFileHead(record, entry);
        Span<byte> content = record.Slice(head, (int)entry.Size);
        int error = Kernel.ReadAt(file, content, 0, out int got);
        FileStatus after = default;
        error = error == 0 ? context.Content.Stat(file, out after) : error;
        done = error == 0 && got == content.Length && (FileContent.IsSettled(status, after) || OnlyGrew(entry, file, content, after));
        if (done)
        {
            entry.Hash = ContentHash.Of(content);
            if (!known.TryKeep())
            {
                context.Encoder.CommitWholeFile(record, head + content.Length, entry);
                known.Written();
            }
        }

        return error;
    }

    private bool OnlyGrew(TreeEntry entry, int file, ReadOnlySpan<byte> content, in FileStatus after)
    {
        if (after.Size <= entry.Size)
        {
            return false;
        }

        if (_again.Length < content.Length)
        {
            _again = new byte[MaxBytes];
        }

        Span<byte> again = _again.AsSpan(0, content.Length);
        bool same = Kernel.ReadAt(file, again, 0, out int got) == 0 && got == again.Length && again.SequenceEqual(content);
        return same && FileContent.NoteGrowth(entry, context.Remarks);
    }
}
