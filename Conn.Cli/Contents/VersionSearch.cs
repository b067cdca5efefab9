using System.Text;
using Conn.ActiveBackup.Content;
using Conn.DataOwners;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Contents;

/// <summary>Searches all sets of a repository. What several sets share is read once; a set that cannot be read does not hide what the others hold.</summary>
/// <param name="repository">The repository.</param>
/// <param name="sets">Its sets.</param>
/// <param name="only">Names of the owners that are searched; empty for all.</param>
internal sealed class VersionSearch(BackupRepository repository, SetList sets, string[] only)
{
    /// <summary>Finds the versions of all paths that match.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="problems">Gets what cannot be read.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<VersionList> FindAsync(ContentPattern pattern, List<(string Set, string What)> problems, CancellationToken cancellationToken)
    {
        VersionList versions = new();
        List<(OwnerPart Part, ContentEntry Link)> links = [];
        await EachAsync(pattern.Matches, (set, part, entry) =>
        {
            if (entry.Kind == ContentKind.HardLink)
            {
                links.Add((part, entry));
            }
            else
            {
                versions.Add(part.Name, entry, set);
            }
        }, problems, cancellationToken);
        if (links.Count > 0)
        {
            await AddLinksAsync(versions, links, cancellationToken);
        }

        return versions;
    }

    /// <summary>A further name of a file is found with what the file holds: the lists are searched once more, for the first names.</summary>
    private async Task AddLinksAsync(VersionList versions, List<(OwnerPart Part, ContentEntry Link)> links, CancellationToken cancellationToken)
    {
        HashSet<string> leaders = [.. links.Select(static l => Bytes(l.Link.Target))];
        ILookup<(OwnerPart, string), ContentEntry> byLeader = links.ToLookup(static l => (l.Part, Bytes(l.Link.Target)), static l => l.Link);
        await EachAsync(e => e.Kind == ContentKind.File && leaders.Contains(Bytes(e.Path)), (set, part, leader) =>
        {
            foreach (ContentEntry link in byLeader[(part, Bytes(leader.Path))])
            {
                versions.Add(part.Name, link.Of(leader), set);
            }
        }, [], cancellationToken);
    }

    private async Task EachAsync(Func<ContentEntry, bool> matches, Action<BackupSet, OwnerPart, ContentEntry> found,
        List<(string Set, string What)> problems, CancellationToken cancellationToken)
    {
        DirectorySearch search = new(matches);
        foreach (BackupSet set in sets)
        {
            foreach (OwnerPart part in set.Parts.Where(p => p.IsStored && (only.Length == 0 || only.Contains(p.Name))))
            {
                try
                {
                    StoredOwner owner = new(repository, part);
                    IAsyncEnumerable<ContentEntry> hits = await owner.SearchAsync(search, cancellationToken) is { } known
                        ? known.ToAsyncEnumerable() : owner.ListAsync(cancellationToken).Where(matches);
                    await foreach (ContentEntry entry in hits)
                    {
                        found(set, part, entry);
                    }
                }
                catch (ConnException e) when (ExitCodes.Of(e) == ExitCode.VerificationFailed || e.Code == ErrorCode.NotSupported)
                {
                    problems.Add((set.Id.Text, e.Message));
                }
            }
        }
    }

    private static string Bytes(ReadOnlyMemory<byte> path) => Encoding.Latin1.GetString(path.Span);
}
