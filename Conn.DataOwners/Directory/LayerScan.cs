namespace Conn.DataOwners.Directory;

/// <summary>Takes the records of wanted files out of a stream, one section at a time.</summary>
internal sealed class LayerScan(HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> wanted) : StreamScan
{
    private byte[] _section = [];
    private int _used;
    private bool _isWanted;

    /// <summary>Gets what the sections since the last call of <see cref="Clear"/> have given and nobody has taken.</summary>
    internal Queue<LayerPiece> Pieces { get; } = [];

    /// <summary>Makes room for the pieces of the next section. All pieces were taken.</summary>
    internal void Clear(int sectionBytes)
    {
        _used = 0;
        _section = _section.Length < sectionBytes ? new byte[sectionBytes] : _section;
    }

    public override void BeginFile(PathBuffer path, in EntryAttributes attributes, long size)
    {
        base.BeginFile(path, attributes, size);
        Begin(path);
    }

    public override void BeginPatch(PathBuffer path, in EntryAttributes attributes, long size)
    {
        base.BeginPatch(path, attributes, size);
        Begin(path);
    }

    public override void Data(ReadOnlySpan<byte> bytes)
    {
        if (_isWanted)
        {
            Memory<byte> copy = _section.AsMemory(_used, bytes.Length);
            bytes.CopyTo(copy.Span);
            _used += bytes.Length;
            Pieces.Enqueue(new LayerPiece(RecordKind.Data, bytes.Length, Data: copy));
        }
    }

    public override void Hole(long length) => Take(new LayerPiece(RecordKind.Hole, length));

    public override void Same(long length) => Take(new LayerPiece(RecordKind.Same, length));

    public override void EndFile(Hash128 hash)
    {
        base.EndFile(hash);
        Take(new LayerPiece(RecordKind.EndFile));
    }

    public override void Discard()
    {
        base.Discard();
        Take(new LayerPiece(RecordKind.Discard));
    }

    private void Begin(PathBuffer path)
    {
        _isWanted = wanted.TryGetValue(path.Span, out byte[]? known);
        Take(new LayerPiece(RecordKind.File, Path: known));
    }

    private void Take(in LayerPiece piece)
    {
        if (_isWanted)
        {
            Pieces.Enqueue(piece);
        }
    }
}
