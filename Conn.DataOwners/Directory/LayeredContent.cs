using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Conn.ActiveBackup.Content;

namespace Conn.DataOwners.Directory;

/// <summary>Puts files together of which several streams of a chain hold parts. Invariant: a file ends only with the size and the hash of the
/// snapshot.</summary>
internal sealed class LayeredContent : IAsyncDisposable
{
    private readonly List<WantedEntry> _files;
    private readonly Dictionary<int, LayerFeed> _feeds = [];

    internal LayeredContent(StoredChain chain, List<WantedEntry> files)
    {
        _files = files;
        files.Sort(static (one, other) => RawPath.Compare(one.Layers[0].Path, other.Layers[0].Path));
        foreach (ContentLayer layer in files.SelectMany(static file => file.Layers))
        {
            _feeds.TryAdd(layer.Stream, new LayerFeed(chain, layer.Stream));
            _feeds[layer.Stream].Want(layer.Path);
        }
    }

    /// <summary>Gives the files one after the other.</summary>
    internal async IAsyncEnumerable<ContentPiece> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (WantedEntry file in _files)
        {
            yield return new ContentPiece(ContentPieceKind.Entry, file.Entry);
            await foreach (ContentPiece piece in ReadAsync(file, cancellationToken))
            {
                yield return piece;
            }

            yield return new ContentPiece(ContentPieceKind.End, file.Entry);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (LayerFeed feed in _feeds.Values)
        {
            await feed.DisposeAsync();
        }
    }

    private async IAsyncEnumerable<ContentPiece> ReadAsync(WantedEntry file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        LayerCursor newest = await OpenAsync(file, cancellationToken);
        XxHash128 hash = new();
        long offset = 0;
        for (LayerPiece piece = await newest.NextAsync(); piece.Kind != RecordKind.EndFile; piece = await newest.NextAsync())
        {
            if (piece.Length == 0 || piece.Length > file.Entry.Size - offset)
            {
                throw Differs(file);
            }

            if (piece.Kind == RecordKind.Hole)
            {
                FileContent.HashHole(hash, piece.Length);
                offset += piece.Length;
                yield return new ContentPiece(ContentPieceKind.Hole, file.Entry, HoleBytes: piece.Length);
                continue;
            }

            for (long end = offset + piece.Length; offset < end;)
            {
                ReadOnlyMemory<byte> data = piece.Kind == RecordKind.Data ? piece.Data : await newest.ReadBeforeAsync(offset, end - offset);
                hash.Append(data.Span);
                offset += data.Length;
                yield return new ContentPiece(ContentPieceKind.Data, file.Entry, data);
            }
        }

        if (offset != file.Entry.Size || ContentHash.Of(hash) != file.Entry.Hash)
        {
            throw Differs(file);
        }
    }

    private async ValueTask<LayerCursor> OpenAsync(WantedEntry file, CancellationToken cancellationToken)
    {
        LayerCursor? newest = null;
        foreach (ContentLayer layer in Enumerable.Reverse(file.Layers))
        {
            newest = new LayerCursor(_feeds[layer.Stream], layer, newest);
        }

        await newest!.OpenAsync(cancellationToken);
        return newest;
    }

    private static ConnException Differs(WantedEntry file) =>
        WireReader.Corrupt($"the snapshot lists '{file.Entry.Text}' otherwise than the data holds it");
}
