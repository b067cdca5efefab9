using System.Text;
using Conn.ActiveBackup.Content;
using Conn.Repository.Sets;

namespace Conn.Cli.Contents;

/// <summary>The versions of paths that were found, each once. Memory grows with their number, not with that of the entries that were looked at.</summary>
internal sealed class VersionList
{
    private readonly Dictionary<Key, ContentVersion> _versions = [];

    /// <summary>Gets the versions by owner and path, older ones first.</summary>
    public IEnumerable<ContentVersion> InOrder => _versions.Values.OrderBy(static v => v.Owner, StringComparer.Ordinal)
        .ThenBy(static v => v.Entry.Path, Comparer<ReadOnlyMemory<byte>>.Create(static (a, b) => ContentOrder.Compare(a.Span, b.Span)))
        .ThenBy(static v => v.First.Sequence);

    public int Count => _versions.Count;

    /// <summary>Takes an entry of a set; sets come in their order.</summary>
    public void Add(string owner, ContentEntry entry, BackupSet set)
    {
        Key key = new(owner, Encoding.Latin1.GetString(entry.Path.Span), entry.Kind, entry.Size, entry.ModifiedNanoseconds, entry.Hash,
            Encoding.Latin1.GetString(entry.Target.Span));
        if (_versions.TryGetValue(key, out ContentVersion? version))
        {
            version.Add(set);
        }
        else
        {
            _versions.Add(key, new ContentVersion(owner, entry, set));
        }
    }

    // A folder is the same while it is there: its time changes with what is in it.
    private readonly record struct Key(string Owner, string Path, ContentKind Kind, long Size, long? Modified, Hash128? Hash, string Target)
    {
        public long? Modified { get; } = Kind == ContentKind.Folder ? null : Modified;
    }
}
