namespace Conn.DataOwners.Directory;

/// <summary>Finds out what a stream says of the wanted paths: it has their content, or names the place where an earlier stream knows it.</summary>
internal sealed class LocatingScan : StreamScan
{
    private readonly WantedEntries _wanted;
    private readonly WantedEntries _found;
    private readonly byte[] _last;
    private readonly int _stream;
    private bool _isPatch;
    private WantedEntry? _file;
    private byte[] _filePath = [];

    /// <param name="wanted">What is looked for; keeps what the stream says nothing of.</param>
    /// <param name="found">Gets those whose content the stream has.</param>
    /// <param name="stream">Which stream of the chain it is.</param>
    internal LocatingScan(WantedEntries wanted, WantedEntries found, int stream) =>
        (_wanted, _found, _stream, _last) = (wanted, found, stream, wanted.Last());

    /// <summary>Gets those that were set aside, with their numbers.</summary>
    internal List<(int Number, WantedEntry Wanted)> Moved { get; } = [];

    /// <summary>Gets those that are further names of a file of the same state.</summary>
    internal WantedEntries Aliases { get; } = new();

    public override void Folder(PathBuffer path, in EntryAttributes attributes) => Pass(path);

    public override void BeginFile(PathBuffer path, in EntryAttributes attributes, long size)
    {
        base.BeginFile(path, attributes, size);
        Begin(path, isPatch: false);
    }

    public override void BeginPatch(PathBuffer path, in EntryAttributes attributes, long size)
    {
        base.BeginPatch(path, attributes, size);
        Begin(path, isPatch: true);
    }

    public override void EndFile(Hash128 hash)
    {
        base.EndFile(hash);
        if (_file is { } file)
        {
            if (_isPatch)
            {
                AddLayer(file);
            }
            else
            {
                Found(_filePath, file);
            }

            _file = null;
        }
    }

    public override void Discard()
    {
        base.Discard();
        if (_file is { } file)
        {
            file.Discards++;
            _file = null;
        }
    }

    public override void Link(PathBuffer path, in EntryAttributes attributes, ReadOnlySpan<byte> target)
    {
        if (Seek(path, out WantedEntry wanted))
        {
            Found(path.Span.ToArray(), wanted);
        }
    }

    public override void HardLink(PathBuffer path, PathBuffer leader)
    {
        if (Seek(path, out WantedEntry wanted))
        {
            Take(path);
            Aliases.Add(leader.Span.ToArray(), wanted);
        }
    }

    public override void KeptFile(PathBuffer path, in EntryAttributes attributes, int number)
    {
        if (Seek(path, out WantedEntry wanted))
        {
            Take(path);
            Moved.Add((number, wanted));
        }
    }

    public override void Attributes(PathBuffer path, in EntryAttributes attributes) => Pass(path);

    public override void Absent(PathBuffer path) => Pass(path);

    private void Begin(PathBuffer path, bool isPatch)
    {
        if (Seek(path, out WantedEntry wanted))
        {
            (_file, _filePath, _isPatch) = (wanted, path.Span.ToArray(), isPatch);
        }
    }

    /// <summary>The stream has a part of the content; the rest is wanted from those before it.</summary>
    private void AddLayer(WantedEntry file)
    {
        for (WantedEntry? wanted = file; wanted is not null; wanted = wanted.Also)
        {
            wanted.Layers.Add(new ContentLayer(_stream, _filePath, file.Discards));
        }
    }

    private void Found(byte[] path, WantedEntry wanted)
    {
        _wanted.Remove(path);
        _found.Add(path, wanted);
        IsDone = _wanted.Count == 0;
    }

    private void Take(PathBuffer path)
    {
        _wanted.Remove(path.Span);
        IsDone = _wanted.Count == 0;
    }

    private bool Seek(PathBuffer path, out WantedEntry wanted)
    {
        Pass(path);
        return _wanted.TryFind(path.Span, out wanted);
    }

    private void Pass(PathBuffer path) => IsDone |= RawPath.Compare(path.Span, _last) > 0;
}
