using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Command;

namespace Conn.DataOwners;

/// <summary>Lists and extracts the data streams of an owner whose data only the owner itself can read. Safe for several threads.</summary>
/// <remarks>A base is the file <c>stream</c>. A chain is the files <c>stream.0</c>, the base, and <c>stream.1</c> and so on, its increments in order.</remarks>
/// <param name="hasHashTrailer">Whether each stream ends with the SHA-256 of what comes before it (<see cref="HashTrailer"/>), as that of a
/// <see cref="CommandDataOwner"/> does: it is checked, and is no content. Default: false.</param>
public sealed class RawContent(bool hasHashTrailer = false) : IContentList, IContentExtract
{
    /// <summary>The file that is made of the stream of a base.</summary>
    public const string StreamName = "stream";

    /// <inheritdoc/>
    public async IAsyncEnumerable<ContentEntry> ListContentAsync(StoredContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        await Task.CompletedTask;
        yield return new ContentEntry { Path = default, Kind = ContentKind.Folder };
        for (int i = 0; i < content.Chain.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Entry(content, i);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ContentPiece> ExtractContentAsync(
        StoredContent content, Func<ContentEntry, bool> select, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(select);
        ContentEntry root = new() { Path = default, Kind = ContentKind.Folder };
        if (select(root))
        {
            yield return new ContentPiece(ContentPieceKind.Entry, root);
        }

        // Chosen before the first piece, as promised.
        (ContentEntry Entry, StoredStream Stream)[] chosen = [.. content.Chain.Select((stream, i) => (Entry(content, i), stream)).Where(e => select(e.Item1))];
        foreach ((ContentEntry entry, StoredStream stream) in chosen)
        {
            yield return new ContentPiece(ContentPieceKind.Entry, entry);
            using TrailerCheck check = new(hasHashTrailer ? SHA256.HashSizeInBytes : 0);
            await foreach (ReadOnlyMemory<byte> section in stream.Open(cancellationToken))
            {
                if (check.Take(section) is { IsEmpty: false } data)
                {
                    yield return new ContentPiece(ContentPieceKind.Data, entry, data);
                }
            }

            check.End();

            yield return new ContentPiece(ContentPieceKind.End, entry);
        }
    }

    private ContentEntry Entry(StoredContent content, int index) => new()
    {
        Path = Encoding.ASCII.GetBytes(content.Chain.Count == 1 ? StreamName : $"{StreamName}.{index}"),
        Kind = ContentKind.File,
        Size = Math.Max(0, content.Chain[index].Bytes - (hasHashTrailer ? SHA256.HashSizeInBytes : 0)),
    };
}
