using Conn.ActiveBackup.Content;

namespace Conn.Cli.Contents;

/// <summary>Writes extracted entries as a tar archive in the pax format: names, links, modes, owners, times, extended attributes and ACLs. Holes become
/// zeros.</summary>
internal sealed class TarOutput(Stream output, CancellationToken cancellationToken)
{
    private const int EndBlocks = 2;
    private static readonly byte[] Zeros = new byte[EndBlocks * PaxEntry.BlockBytes];

    /// <summary>Gets how many names the archive has otherwise than the set: they are no UTF-8, or hold control characters.</summary>
    public long Renamed { get; private set; }

    /// <summary>Writes all entries, and the end of the archive.</summary>
    public async Task WriteAsync(IAsyncEnumerable<ContentPiece> pieces)
    {
        await using IAsyncEnumerator<ContentPiece> all = pieces.GetAsyncEnumerator(cancellationToken);
        while (await all.MoveNextAsync())
        {
            ContentEntry entry = all.Current.Entry;
            if (all.Current.Kind != ContentPieceKind.Entry || entry.Path.IsEmpty)
            {
                continue;
            }

            Renamed += ContentText.IsExact(entry.Path.Span) ? 0 : 1;
            await output.WriteAsync(PaxEntry.Of(entry), cancellationToken);
            if (entry.Kind == ContentKind.File)
            {
                await WriteContentAsync(all, entry);
            }
        }

        await output.WriteAsync(Zeros, cancellationToken);
    }

    // The header has said how many bytes follow, so the content is exactly as long. The end of the file is where they are found to be right.
    private async Task WriteContentAsync(IAsyncEnumerator<ContentPiece> all, ContentEntry entry)
    {
        await using PieceStream content = new(all, cancellationToken);
        await content.CopyToAsync(output, cancellationToken);
        if (content.Position != entry.Size)
        {
            throw new InvalidOperationException("A file has another length than its entry.");
        }

        await output.WriteAsync(Zeros.AsMemory(0, PaxEntry.Padding(entry.Size)), cancellationToken);
    }
}
