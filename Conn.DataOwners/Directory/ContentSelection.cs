using Conn.ActiveBackup.Content;

namespace Conn.DataOwners.Directory;

/// <summary>The entries that an extraction was asked for: files and symbolic links whose content is wanted, and hard links that are made last.</summary>
internal sealed class ContentSelection
{
    private readonly HashSet<byte[]> _files = new(ByteComparer.Instance);
    private readonly Dictionary<byte[], ContentEntry?> _promoted = new(ByteComparer.Instance);
    private readonly List<ContentEntry> _strays = [];

    /// <summary>Gets the files and symbolic links, by their paths in the chosen state.</summary>
    internal WantedEntries Wanted { get; } = new();

    /// <summary>Gets the hard links to files that are extracted too.</summary>
    internal List<ContentEntry> HardLinks { get; } = [];

    /// <summary>Gets whether the list must be read again, for first names that were not chosen.</summary>
    internal bool HasStrays => _strays.Count > 0;

    /// <summary>Takes a chosen entry that is no folder.</summary>
    internal void Add(ContentEntry entry)
    {
        if (entry.Kind != ContentKind.HardLink)
        {
            byte[] path = entry.Path.ToArray();
            Wanted.Add(path, new WantedEntry(entry));
            _files.Add(path);
        }
        else if (_files.Contains(entry.Target.ToArray()))
        {
            HardLinks.Add(entry);
        }
        else
        {
            _strays.Add(entry);
            _promoted.TryAdd(entry.Target.ToArray(), null);
        }
    }

    /// <summary>Takes an entry of the second reading: the first chosen name of its file becomes the file.</summary>
    internal void AddLeader(ContentEntry entry)
    {
        byte[] path = entry.Path.ToArray();
        if (entry.Kind == ContentKind.File && _promoted.ContainsKey(path))
        {
            _promoted[path] = entry;
        }
    }

    /// <summary>Makes files and links of the hard links whose first names were not chosen.</summary>
    internal void ResolveStrays()
    {
        Dictionary<byte[], ContentEntry> firsts = new(ByteComparer.Instance);
        foreach (ContentEntry stray in _strays)
        {
            byte[] leader = stray.Target.ToArray();
            if (firsts.TryGetValue(leader, out ContentEntry? first))
            {
                HardLinks.Add(stray.To(first.Path));
                continue;
            }

            ContentEntry file = (_promoted[leader] ?? throw WireReader.Corrupt($"the first name of '{stray.Text}' is not in the snapshot")).At(stray.Path);
            firsts.Add(leader, file);
            Wanted.Add(leader, new WantedEntry(file));
        }
    }
}
