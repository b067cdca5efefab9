namespace Conn.DataOwners.Directory;

/// <summary>The parts of a data stream, and the paths in them. Invariant: within a part paths strictly ascend and are legal; parts follow in order.</summary>
internal sealed class PathOrder
{
    private PathBuffer _next = new();
    private bool _hasPath;
    private bool _mayRepeat;

    /// <summary>The part the last accepted record was of.</summary>
    internal StreamPart Part { get; private set; } = StreamPart.Header;

    /// <summary>The path of the last accepted record.</summary>
    internal PathBuffer Path { get; private set; } = new();

    /// <summary>The header said which part comes first.</summary>
    internal void Begin(StreamPart part) => Part = part;

    internal void End() => Part = StreamPart.Ended;

    /// <summary>A file was taken back: its path may come once more.</summary>
    internal void AllowRepetition() => _mayRepeat = true;

    /// <summary>Reads a path over the one before in its part, and checks it, without taking it on yet.</summary>
    /// <returns>False when the whole of it is not there yet.</returns>
    internal bool TryNext(ref WireReader wire, StreamPart part)
    {
        if (part < Part)
        {
            throw WireReader.Corrupt("the parts of an increment are not in order");
        }

        bool follows = part == Part && _hasPath;
        _next.Set(follows ? Path.Span : default);
        if (!wire.TryPath(_next))
        {
            return false;
        }

        int order = follows ? RawPath.Compare(_next.Span, Path.Span) : 1;
        bool isRoot = _next.Length == 0 && part is (StreamPart.Entries or StreamPart.LeftOuts) && !follows;
        if (!isRoot && (!RawPath.IsLegal(_next.Span) || order < 0 || (order == 0 && !_mayRepeat)))
        {
            throw WireReader.Corrupt($"the path '{RawPath.Display(_next.Span)}' is not legal here");
        }

        return true;
    }

    /// <summary>Takes on the path that was read.</summary>
    /// <returns>True when it is the first of its part.</returns>
    internal bool Accept(StreamPart part)
    {
        bool begins = part != Part;
        Part = part;
        (Path, _next) = (_next, Path);
        (_hasPath, _mayRepeat) = (true, false);
        return begins;
    }
}
