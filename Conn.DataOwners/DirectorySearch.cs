using Conn.ActiveBackup.Content;
using Conn.DataOwners.Directory;

namespace Conn.DataOwners;

/// <summary>Searches the snapshots of many sets of directory owners. A section that several snapshots share is read once. One thread at a time.</summary>
/// <remarks>It keeps some 50 bytes for each different section, and what it found. It does not check what only a whole snapshot can show, such as the order of
/// its groups.</remarks>
/// <param name="matches">Chooses; see <see cref="ContentPattern.Matches"/>.</param>
public sealed class DirectorySearch(Func<ContentEntry, bool> matches)
{
    private readonly Dictionary<Hash128, ContentEntry[]> _known = [];
    private readonly StableColumns _columns = new();
    private readonly TreeEntry _entry = new();

    /// <summary>Says whether a section was searched before, so that <see cref="Find"/> needs no content.</summary>
    /// <param name="identity">What names the section by its content.</param>
    /// <returns>True if it was.</returns>
    public bool Knows(Hash128 identity) => _known.ContainsKey(identity);

    /// <summary>Searches one section of a snapshot.</summary>
    /// <param name="identity">What names the section by its content.</param>
    /// <param name="content">The section; not used if it is known.</param>
    /// <returns>The entries that match, in order. Null if the section is no whole piece of a snapshot: list that snapshot instead.</returns>
    /// <exception cref="ConnException">Corrupt: it is damaged.</exception>
    public IReadOnlyList<ContentEntry>? Find(Hash128 identity, ReadOnlyMemory<byte> content)
    {
        if (!_known.TryGetValue(identity, out ContentEntry[]? found) && (found = Search(content.Span)) is not null)
        {
            _known.Add(identity, found);
        }

        return found;
    }

    private ContentEntry[]? Search(ReadOnlySpan<byte> section)
    {
        if (section.StartsWith(SnapshotFormat.Magic))
        {
            return section.Length == SnapshotFormat.HeaderBytes && section[6] == SnapshotFormat.Version ? [] : null;
        }

        WireReader wire = new(section);
        byte tag = wire.Byte();
        if (tag == SnapshotFormat.EndTag)
        {
            return [];
        }


        int entries = tag == SnapshotFormat.StableTag ? (int)wire.Varint(SnapshotFormat.MaxGroupEntries) : 0;
        _ = tag == SnapshotFormat.BlocksTag ? wire.Varint() : 0;
        if (tag is not (SnapshotFormat.StableTag or SnapshotFormat.VolatileTag or SnapshotFormat.BlocksTag) || (int)wire.Varint(SnapshotFormat.MaxColumnBytes) != section.Length - wire.Used
            || wire.Starved)
        {
            return null;
        }

        List<ContentEntry> found = [];
        _columns.Begin();
        for (int i = 0; i < entries; i++)
        {
            _columns.Read(ref wire, _entry);
            if (DirectoryContent.Of(_entry) is var entry && matches(entry))
            {
                found.Add(entry);
            }
        }

        return tag != SnapshotFormat.StableTag || wire.AtEnd ? [.. found] : throw WireReader.Corrupt("a group holds more than its entries");
    }
}
