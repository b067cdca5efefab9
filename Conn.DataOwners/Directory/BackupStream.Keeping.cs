using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

internal sealed partial class BackupStream
{
    private byte[] _again = [];

    private bool IsAsWritten(TreeEntry entry, int file, in FileStatus status, XxHash128 hash)
    {
        entry.Hash = hash.GetCurrentHashAsUInt128();
        if (_content.Stat(file, out FileStatus after) != 0)
        {
            return false;
        }

        if (FileContent.IsSettled(status, after))
        {
            return true;
        }

        bool grew = after.Size > status.Size
            && _content.TryHash(file, status.Size, FileContent.HasHoles(status), out UInt128 again, _cancellationToken) && again == entry.Hash;
        return grew && NoteGrowth(entry);
    }

    private bool TryHashSettled(int file, in FileStatus status, out UInt128 hash) =>
        _content.TryHash(file, status.Size, FileContent.HasHoles(status), out hash, _cancellationToken)
        && _content.Stat(file, out FileStatus after) == 0 && FileContent.IsSettled(status, after);

    private bool OnlyGrew(TreeEntry entry, int file, ReadOnlySpan<byte> content, in FileStatus after)
    {
        if (after.Size <= entry.Size)
        {
            return false;
        }

        if (_again.Length < content.Length)
        {
            _again = new byte[WholeFileBytes];
        }

        Span<byte> again = _again.AsSpan(0, content.Length);
        return Kernel.ReadAt(file, again, 0, out int got) == 0 && got == again.Length && again.SequenceEqual(content) && NoteGrowth(entry);
    }

    private bool NoteGrowth(TreeEntry entry)
    {
        _remarks.Note($"'{RawPath.Display(entry.Path.Span)}' grew while it was read; kept at the {entry.Size} bytes it had when it was opened.");
        entry.Racy = true;
        return true;
    }

    /// <summary>The status at opening is what is kept. A group's first name that is another file by now cannot speak for the group.</summary>
    private void Take(TreeEntry entry, in FileStatus status)
    {
        if (entry.Group >= 0 && entry.Inode != status.Inode)
        {
            _replaced[entry.Group] = null;
            entry.Group = -1;
        }

        entry.SetStatus(status);
        entry.Racy = IsRacy(entry);
    }

    /// <summary>When the content is known, writes no more than what changed about it.</summary>
    private bool TryKeepOld(TreeEntry entry, TreeEntry? old, int candidate)
    {
        if (old is not null && old.Size == entry.Size && old.Hash == entry.Hash)
        {
            if (old.Modified != entry.Modified || !entry.HasSameRights(old))
            {
                _encoder.Entry(RecordKind.Attributes, entry);
            }

            Keep(entry, rewritten: false);
            return true;
        }

        int number = _moved.Take(candidate, entry.Hash);
        if (number < 0)
        {
            return false;
        }

        _encoder.KeptFile(entry, number);
        Keep(entry, rewritten: true);
        return true;
    }

    private void Keep(TreeEntry entry, bool rewritten)
    {
        if (entry.Group >= 0)
        {
            if (rewritten && _old is not null)
            {
                _rewritten.Add(entry.Group);
            }

            if (_replaced.TryGetValue(entry.Group, out byte[]? leader) && leader is null)
            {
                _replaced[entry.Group] = entry.Path.Span.ToArray();
            }
        }

        _snapshot.Add(entry);
    }
}
