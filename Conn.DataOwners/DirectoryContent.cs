using System.Runtime.CompilerServices;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Directory;

namespace Conn.DataOwners;

/// <summary>Lists and extracts what a repository holds of a <see cref="DirectoryDataOwner"/>, without its folder. Safe for several threads.</summary>
/// <remarks>A list reads the snapshot alone, in memory that does not grow with it. An extraction keeps about 300 bytes for each chosen file while it runs. It
/// reads the snapshot, then each stream of the chain until all that was chosen is found, then the streams that hold it again. A big file of which increments
/// hold what changed is put together from its streams, which are read side by side.</remarks>
public sealed class DirectoryContent : IContentList, IContentExtract
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ContentEntry> ListContentAsync(StoredContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        StoredStream snapshot = content.Snapshot
            ?? throw new ConnException(ErrorCode.NotSupported, "The set holds no snapshot of this drive, and so no list of its content. Restore the owner as a whole.");
        await using IAsyncEnumerator<ReadOnlyMemory<byte>> sections = snapshot.Open(cancellationToken).GetAsyncEnumerator(cancellationToken);
        FedWindow window = new();
        TreeEntry entry = new();
        SnapshotReader? reader = null;
        for (bool hasMore = true; ;)
        {
            while (hasMore && window.NeedsMore)
            {
                hasMore = await sections.MoveNextAsync();
                if (hasMore)
                {
                    window.Append(sections.Current.Span);
                }
            }

            reader ??= new SnapshotReader(window, check: true);
            if (reader.TrySkipBlocks())
            {
                continue;
            }

            if (!reader.TryRead(entry))
            {
                yield break;
            }

            yield return Of(entry);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ContentPiece> ExtractContentAsync(
        StoredContent content, Func<ContentEntry, bool> select, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(select);
        ContentSelection selection = new();
        List<ContentEntry> folders = [];
        await foreach (ContentEntry entry in ListContentAsync(content, cancellationToken))
        {
            if (!select(entry))
            {
                continue;
            }

            if (entry.Kind == ContentKind.Folder)
            {
                folders.Add(entry);
            }
            else
            {
                selection.Add(entry);
            }
        }

        if (selection.HasStrays)
        {
            await foreach (ContentEntry entry in ListContentAsync(content, cancellationToken))
            {
                selection.AddLeader(entry);
            }

            selection.ResolveStrays();
        }

        foreach (ContentEntry folder in folders)
        {
            yield return new ContentPiece(ContentPieceKind.Entry, folder);
        }

        StoredChain chain = new(content.Chain);
        WantedEntries[] located = [];
        if (selection.Wanted.Count > 0)
        {
            await chain.OpenAsync(cancellationToken);
            located = await new ContentLocator(chain).LocateAsync(selection.Wanted, cancellationToken);
        }

        List<WantedEntry> layered = [.. located.SelectMany(static (entries, i) => entries.TakeLayered(i))];
        for (int i = 0; i < located.Length; i++)
        {
            await foreach (ContentPiece piece in TakeAsync(chain, i, located[i], cancellationToken))
            {
                yield return piece;
            }
        }

        await using LayeredContent parts = new(chain, layered);
        await foreach (ContentPiece piece in parts.ReadAsync(cancellationToken))
        {
            yield return piece;
        }

        foreach (ContentEntry link in selection.HardLinks)
        {
            yield return new ContentPiece(ContentPieceKind.Entry, link);
        }
    }

    private static async IAsyncEnumerable<ContentPiece> TakeAsync(
        StoredChain chain, int index, WantedEntries located, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (located.Count > 0)
        {
            EmittingScan scan = new(located);
            await foreach (ReadOnlyMemory<byte> _ in chain.SectionsAsync(index, scan, scan.Clear, cancellationToken))
            {
                foreach (ContentPiece piece in scan.Pieces)
                {
                    yield return piece;
                }
            }

            located = located.Count == 0 ? scan.Again : throw WireReader.Corrupt($"'{located.Any()}' is not where it was found before");
        }
    }

    internal static ContentEntry Of(TreeEntry entry)
    {
        bool isLink = entry.Kind == EntryKind.HardLink;
        return new ContentEntry
        {
            Path = entry.Path.Span.ToArray(),
            Kind = (ContentKind)entry.Kind,
            Size = entry.Size,
            ModifiedNanoseconds = isLink ? null : entry.Modified,
            Mode = isLink ? null : entry.Mode,
            UserId = entry.UserId,
            GroupId = entry.GroupId,
            UserName = entry.UserName,
            GroupName = entry.GroupName,
            ExtendedAttributes = entry.Extended,
            Hash = entry.Kind is EntryKind.File or EntryKind.Link ? entry.Hash : null,
            Target = isLink ? entry.Leader.Span.ToArray() : default,
        };
    }
}
