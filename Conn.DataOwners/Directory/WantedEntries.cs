namespace Conn.DataOwners.Directory;

/// <summary>Entries whose content is looked for, by the path under which one stream of the chain knows it.</summary>
internal sealed class WantedEntries
{
    private readonly Dictionary<byte[], WantedEntry> _byPath = new(ByteComparer.Instance);
    private readonly Dictionary<byte[], WantedEntry>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

    internal WantedEntries() => _bySpan = _byPath.GetAlternateLookup<ReadOnlySpan<byte>>();

    internal int Count => _byPath.Count;

    /// <summary>Adds an entry, and those chained to it, beside any that are wanted from the same path.</summary>
    internal void Add(byte[] path, WantedEntry wanted)
    {
        if (!_byPath.TryGetValue(path, out WantedEntry? first))
        {
            _byPath.Add(path, wanted);
            return;
        }

        WantedEntry last = wanted;
        while (last.Also is { } next)
        {
            last = next;
        }

        (last.Also, first.Also) = (first.Also, wanted);
    }

    internal bool TryFind(ReadOnlySpan<byte> path, out WantedEntry wanted) => _bySpan.TryGetValue(path, out wanted!);

    internal void Remove(ReadOnlySpan<byte> path) => _bySpan.Remove(path);

    /// <summary>Takes over all entries of another one.</summary>
    internal void AddAll(WantedEntries others)
    {
        foreach ((byte[] path, WantedEntry wanted) in others._byPath)
        {
            Add(path, wanted);
        }
    }

    /// <summary>Forgets how often a stream took files back: the streams before it are another matter.</summary>
    internal void ForgetDiscards()
    {
        foreach (WantedEntry wanted in _byPath.Values)
        {
            wanted.Discards = 0;
        }
    }

    /// <summary>Takes out the entries of which other streams hold parts too; this stream is their last layer.</summary>
    internal IEnumerable<WantedEntry> TakeLayered(int stream)
    {
        List<WantedEntry> layered = [];
        foreach ((byte[] path, WantedEntry first) in _byPath.ToArray())
        {
            _byPath.Remove(path);
            int discards = first.Discards;
            for (WantedEntry? next = first; next is { } wanted;)
            {
                (next, wanted.Also, wanted.Discards) = (wanted.Also, null, discards);
                if (wanted.Layers.Count == 0)
                {
                    Add(path, wanted);
                    continue;
                }

                wanted.Layers.Add(new ContentLayer(stream, path, discards));
                layered.Add(wanted);
            }
        }

        return layered;
    }

    /// <summary>Gets the last of the paths in the order of the walk: a stream that is beyond it has none of them any more.</summary>
    internal byte[] Last()
    {
        byte[] last = [];
        foreach (byte[] path in _byPath.Keys)
        {
            last = RawPath.Compare(path, last) > 0 ? path : last;
        }

        return last;
    }

    /// <summary>Gets any one of the paths, for messages.</summary>
    internal string Any() => RawPath.Display(_byPath.Keys.First());
}
