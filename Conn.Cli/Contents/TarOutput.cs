using System.Formats.Tar;
using Conn.ActiveBackup.Content;

namespace Conn.Cli.Contents;

/// <summary>Writes extracted entries as a tar archive in the pax format: names, links, modes, owners and times. Holes become zeros.</summary>
internal sealed class TarOutput(Stream output, CancellationToken cancellationToken)
{
    /// <summary>Gets how many names the archive has otherwise than the set: they are no UTF-8, or hold control characters.</summary>
    public long Renamed { get; private set; }

    /// <summary>Writes all entries, and the end of the archive.</summary>
    public async Task WriteAsync(IAsyncEnumerable<ContentPiece> pieces)
    {
        await using TarWriter tar = new(output, TarEntryFormat.Pax, leaveOpen: true);
        await using IAsyncEnumerator<ContentPiece> all = pieces.GetAsyncEnumerator(cancellationToken);
        while (await all.MoveNextAsync())
        {
            ContentEntry entry = all.Current.Entry;
            if (all.Current.Kind != ContentPieceKind.Entry || entry.Path.IsEmpty)
            {
                continue;
            }

            PaxTarEntry made = Made(entry);
            if (entry.Kind != ContentKind.File)
            {
                await tar.WriteEntryAsync(made, cancellationToken);
                continue;
            }

            await using PieceStream content = new(all, entry, cancellationToken);
            made.DataStream = content;
            await tar.WriteEntryAsync(made, cancellationToken);

            // The archive takes as many bytes as it was told; the end of the file is where they are found to be right.
            if (!content.IsOver && await content.ReadAsync(new byte[1], cancellationToken) != 0)
            {
                throw new InvalidOperationException("A file is longer than its size.");
            }
        }
    }

    private PaxTarEntry Made(ContentEntry entry)
    {
        Renamed += ContentText.IsExact(entry.Path.Span) ? 0 : 1;
        TarEntryType type = entry.Kind switch
        {
            ContentKind.Folder => TarEntryType.Directory, ContentKind.Link => TarEntryType.SymbolicLink, ContentKind.HardLink => TarEntryType.HardLink,
            _ => TarEntryType.RegularFile,
        };
        PaxTarEntry made = new(type, entry.Kind == ContentKind.Folder ? entry.Text + "/" : entry.Text);
        if (entry.Kind is ContentKind.Link or ContentKind.HardLink)
        {
            made.LinkName = ContentText.Of(entry.Target.Span);
        }

        made.Mode = entry.Mode is { } mode ? (UnixFileMode)mode : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        made.Uid = (int)Math.Min(entry.UserId, int.MaxValue);
        made.Gid = (int)Math.Min(entry.GroupId, int.MaxValue);
        made.ModificationTime = entry.Modified is { } time && time > DateTimeOffset.UnixEpoch ? time : DateTimeOffset.UnixEpoch;
        return made;
    }
}
