namespace Conn.DataOwners.Directory;

/// <summary>Reads files of one stream of a chain, each from its beginning and piece by piece. Files that are asked for in the order of their paths are read in
/// one pass; going back begins another.</summary>
internal sealed class LayerFeed(StoredChain chain, int stream) : IAsyncDisposable
{
    private readonly HashSet<byte[]> _wanted = new(ByteComparer.Instance);
    private IAsyncEnumerator<ReadOnlyMemory<byte>>? _sections;
    private LayerScan? _scan;
    private byte[] _at = [];

    /// <summary>Says which files will be asked for, before the first is.</summary>
    internal void Want(byte[] path) => _wanted.Add(path);

    /// <summary>Goes to the beginning of a file.</summary>
    internal async ValueTask SeekAsync(ContentLayer layer, CancellationToken cancellationToken)
    {
        if (_scan is null || RawPath.Compare(layer.Path, _at) <= 0)
        {
            await DisposeAsync();
            _scan = new LayerScan(_wanted.GetAlternateLookup<ReadOnlySpan<byte>>());
            _sections = chain.SectionsAsync(stream, _scan, _scan.Clear, cancellationToken).GetAsyncEnumerator(cancellationToken);
        }

        _at = layer.Path;
        for (int seen = 0; seen <= layer.Discards;)
        {
            LayerPiece piece = await NextAsync(layer.Path);
            seen += piece.Path is { } path && path.AsSpan().SequenceEqual(layer.Path) ? 1 : 0;
        }
    }

    /// <summary>The next piece of the stream.</summary>
    internal async ValueTask<LayerPiece> NextAsync(byte[] path)
    {
        LayerPiece piece;
        while (!_scan!.Pieces.TryDequeue(out piece))
        {
            if (!await _sections!.MoveNextAsync())
            {
                throw WireReader.Corrupt($"'{RawPath.Display(path)}' is not where it was found before");
            }
        }

        return piece;
    }

    public async ValueTask DisposeAsync()
    {
        if (_sections is not null)
        {
            await _sections.DisposeAsync();
        }

        (_sections, _scan) = (null, null);
    }
}
