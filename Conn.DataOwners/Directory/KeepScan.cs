namespace Conn.DataOwners.Directory;

/// <summary>Finds the paths of files that an increment sets aside, by their numbers. They come before everything else in the stream.</summary>
internal sealed class KeepScan : StreamScan
{
    private readonly Dictionary<int, WantedEntry> _wanted = [];
    private readonly WantedEntries _before;

    /// <param name="moved">The numbers that are looked for.</param>
    /// <param name="before">Gets what is wanted from the state before the increment.</param>
    internal KeepScan(List<(int Number, WantedEntry Wanted)> moved, WantedEntries before)
    {
        _before = before;
        foreach ((int number, WantedEntry wanted) in moved)
        {
            if (!_wanted.TryAdd(number, wanted))
            {
                throw WireReader.Corrupt($"the kept file {number} is used twice");
            }
        }
    }

    internal int Left => _wanted.Count;

    public override void Keep(int number, PathBuffer path)
    {
        if (_wanted.Remove(number, out WantedEntry? wanted))
        {
            _before.Add(path.Span.ToArray(), wanted);
            IsDone = _wanted.Count == 0;
        }
    }

    public override void Delete(PathBuffer path) => IsDone = true;

    public override void Folder(PathBuffer path, in EntryAttributes attributes) => IsDone = true;

    public override void BeginPatch(PathBuffer path, in EntryAttributes attributes, long size)
    {
        base.BeginPatch(path, attributes, size);
        IsDone = true;
    }

    public override void BeginFile(PathBuffer path, in EntryAttributes attributes, long size)
    {
        base.BeginFile(path, attributes, size);
        IsDone = true;
    }
}
