namespace Conn.DataOwners.Directory;

/// <summary>Reads one version of a file forwards, through the versions before it that it refers to. Invariant: each is read once, in step.</summary>
internal sealed class LayerCursor(LayerFeed feed, ContentLayer layer, LayerCursor? before)
{
    private static readonly ReadOnlyMemory<byte> Zeros = new byte[64 * 1024];
    private LayerPiece _piece;
    private long _start;
    private long _end;

    /// <summary>Goes to the beginning of the file in every version.</summary>
    internal async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await feed.SeekAsync(layer, cancellationToken);
        if (before is not null)
        {
            await before.OpenAsync(cancellationToken);
        }
    }

    /// <summary>The next piece of this version, whatever it is.</summary>
    internal async ValueTask<LayerPiece> NextAsync()
    {
        _piece = await feed.NextAsync(layer.Path);
        (_start, _end) = (_end, _end + _piece.Length);
        return _piece;
    }

    /// <summary>Bytes of this version from an offset that is not less than any asked for before; at least one.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, long most)
    {
        while (offset >= _end)
        {
            if ((await NextAsync()).Length == 0)
            {
                throw WireReader.Corrupt($"the changes of '{RawPath.Display(layer.Path)}' belong to a longer file");
            }
        }

        int length = (int)Math.Min(Math.Min(most, _end - offset), int.MaxValue);
        return _piece.Kind switch
        {
            RecordKind.Data => _piece.Data.Slice((int)(offset - _start), length),
            RecordKind.Hole => Zeros[..Math.Min(length, Zeros.Length)],
            _ => await ReadBeforeAsync(offset, length),
        };
    }

    /// <summary>The same of the version before.</summary>
    internal ValueTask<ReadOnlyMemory<byte>> ReadBeforeAsync(long offset, long most) =>
        before?.ReadAsync(offset, most) ?? throw WireReader.Corrupt($"'{RawPath.Display(layer.Path)}' refers to a version that is not there");
}
