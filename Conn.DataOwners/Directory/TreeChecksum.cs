using System.Buffers.Binary;
using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Names, kinds, modes, targets and contents of a tree in 32 bits; times, owners and inode numbers do not count.</summary>
internal static class TreeChecksum
{
    internal static uint Compute(TreeSource source, Catalogue catalogue, RemarkList remarks, CancellationToken cancellationToken)
    {
        var sum = new XxHash32();
        using var content = new FileContent(source);
        var entry = new TreeEntry();
        var target = new byte[PathBuffer.MaxBytes + 1];
        CatalogueReader reader = catalogue.Read();
        Span<byte> numbers = stackalloc byte[24];
        while (reader.TryRead(entry))
        {
            source.Beat(cancellationToken);
            string? why = null;
            switch (entry.Kind)
            {
                case EntryKind.File:
                    why = HashFile(content, entry, cancellationToken);
                    break;
                case EntryKind.Link:
                    int error = content.ReadLink(entry.Path, target, out int length);
                    entry.Hash = ContentHash.Of(target.AsSpan(0, length));
                    why = error == 0 ? null : Errno.Text(error);
                    break;
                case EntryKind.HardLink:
                    catalogue.ReadGroup(entry.Group, entry.Leader);
                    entry.Hash = ContentHash.Of(entry.Leader.Span);
                    break;
            }

            if (why is not null)
            {
                remarks.Error($"'{RawPath.Display(entry.Path.Span)}': {why}; not part of the checksum.");
                continue;
            }

            sum.Append(entry.Path.Span);
            BinaryPrimitives.WriteInt32LittleEndian(numbers, (int)entry.Kind);
            BinaryPrimitives.WriteInt32LittleEndian(numbers[4..], entry.Kind == EntryKind.Link ? 0 : entry.Mode);
            entry.Hash.WriteLittleEndian(numbers[8..]);
            sum.Append(numbers);
        }

        return sum.GetCurrentHashAsUInt32();
    }

    private static string? HashFile(FileContent content, TreeEntry entry, CancellationToken cancellationToken)
    {
        string? why = content.Open(entry.Path, out int file, out FileStatus status);
        if (why is not null)
        {
            return why;
        }

        Hash128 hash;
        bool whole = FileContent.TellsItsSize(file, status)
            ? content.TryHash(file, status.Size, FileContent.HasHoles(status), out hash, cancellationToken)
            : content.TryHashToEnd(file, out hash, cancellationToken);
        OwnFiles.Close(file);
        entry.Hash = hash;
        return whole ? null : "it could not be read to its end";
    }
}
