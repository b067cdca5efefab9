namespace Conn.DataOwners.Directory;

/// <summary>Paths of things that are there and not kept: stored, so that no restore in place throws them away unasked.</summary>
internal sealed class LeftOutList
{
    private const int Max = 100_000;
    private readonly List<byte[]> _paths = [];

    internal int Count => _paths.Count;

    /// <summary>Beyond the limit the folder itself stands for the rest: its empty path.</summary>
    internal void Add(ReadOnlySpan<byte> path)
    {
        if (_paths.Count < Max)
        {
            _paths.Add(path.ToArray());
        }
        else if (_paths.Count == Max)
        {
            _paths.Add([]);
        }
    }

    /// <summary>In the order of a stream, each once.</summary>
    internal IEnumerable<byte[]> InOrder()
    {
        _paths.Sort(static (left, right) => RawPath.Compare(left, right));
        for (int i = 0; i < _paths.Count; i++)
        {
            if (i == 0 || !_paths[i].AsSpan().SequenceEqual(_paths[i - 1]))
            {
                yield return _paths[i];
            }
        }
    }
}
