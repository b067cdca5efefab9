using Conn.ActiveBackup.Content;
using Conn.Repository.Sets;

namespace Conn.Cli.Contents;

/// <summary>One version of one path: the sets in which it is the same.</summary>
internal sealed class ContentVersion(string owner, ContentEntry entry, BackupSet first)
{
    public string Owner => owner;

    public ContentEntry Entry => entry;

    public BackupSet First { get; } = first;

    public BackupSet Last { get; private set; } = first;

    public int Count { get; private set; } = 1;

    /// <summary>Takes a later set in which it is.</summary>
    public void Add(BackupSet set)
    {
        if (Last != set)
        {
            (Last, Count) = (set, Count + 1);
        }
    }
}
