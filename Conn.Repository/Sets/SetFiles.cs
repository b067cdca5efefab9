using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Reads the manifest of a committed set, and knows which files the set must have.</summary>
internal static class SetFiles
{
    /// <summary>Reads the manifest of a set, and requires that it belongs to this set, this repository, and this SHA-256 if they are known.</summary>
    /// <exception cref="RepositoryException">Damaged, NewerFormat.</exception>
    public static async ValueTask<(BackupSet Set, Sha256Hash Sha)> ReadManifestAsync(
        IRepositoryStorage storage, Hash128? repositoryId, long sequence, SetId id, Sha256Hash? sha, CancellationToken cancellationToken)
    {
        string path = RepositoryLayout.SetFolder(sequence, id) + "/" + RepositoryLayout.Manifest;
        byte[] bytes = await RecordFile.ReadAsync(storage, path, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is missing.", id.Text);
        ManifestRecord manifest = ManifestRecord.Open(bytes);
        Sha256Hash found = CheckedRecord.ShaOf(bytes);
        return manifest.Set.Id == id && manifest.Set.Sequence == sequence
            && (sha is null || sha == found)
            && (repositoryId is null || repositoryId == manifest.RepositoryId)
            ? (manifest.Set, found)
            : throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is not the manifest that was committed.", id.Text);
    }

    /// <summary>Gets the names and lengths of the segment files that a set must have.</summary>
    public static Dictionary<string, long> Expected(BackupSet set)
    {
        Dictionary<string, long> files = new(StringComparer.Ordinal);
        foreach (OwnerPart part in set.Parts)
        {
            for (int segment = 0; segment < part.Segments.Count; segment++)
            {
                files.Add(RepositoryLayout.SegmentName(part.Number, segment), part.Segments[segment].Bytes);
            }
        }

        return files;
    }

    /// <summary>Requires that every segment file of a part exists in full length. Reads none of them.</summary>
    /// <exception cref="RepositoryException">ChainBroken: the message names the set and the file.</exception>
    public static async ValueTask RequirePartAsync(IRepositoryStorage storage, OwnerPart part, CancellationToken cancellationToken)
    {
        if (part.Segments.Count == 0)
        {
            return;
        }

        string folder = RepositoryLayout.SetFolder(part.Sequence, part.Set);
        IReadOnlyList<StorageEntry> entries = await storage.ListAsync(folder, cancellationToken) ?? [];
        Dictionary<string, long> found = entries.ToDictionary(static entry => entry.Name, static entry => entry.Bytes);
        for (int segment = 0; segment < part.Segments.Count; segment++)
        {
            string name = RepositoryLayout.SegmentName(part.Number, segment);
            long bytes = part.Segments[segment].Bytes;
            string? problem = !found.TryGetValue(name, out long length) ? "is missing" : length != bytes ? $"has {length} bytes instead of {bytes}" : null;
            if (problem is not null)
            {
                throw new RepositoryException(RepositoryFailure.ChainBroken, $"Set {part.Set} is damaged: {folder}/{name} {problem}.", part.Set.Text);
            }
        }
    }

    /// <summary>Requires that some stored parts could be restored as far as can be told without reading them: the files of their sets are there in full length, and so are
    /// their parents.</summary>
    /// <exception cref="RepositoryException">Damaged, ChainBroken: the message names the set.</exception>
    public static async ValueTask RequireChainsAsync(IRepositoryStorage storage, SetList all, IEnumerable<OwnerPart> parts, CancellationToken cancellationToken)
    {
        foreach (IGrouping<SetId, OwnerPart> set in parts.GroupBy(static part => part.Set))
        {
            await RequireCompleteAsync(storage, all.Find(set.Key)!, cancellationToken);
            foreach (OwnerPart part in set)
            {
                PartChains.Resolve(all, part);
            }
        }
    }

    /// <summary>Requires that every segment file of a set exists in full length.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public static async ValueTask RequireCompleteAsync(IRepositoryStorage storage, BackupSet set, CancellationToken cancellationToken)
    {
        string folder = RepositoryLayout.SetFolder(set.Sequence, set.Id);
        IReadOnlyList<StorageEntry> entries = await storage.ListAsync(folder, cancellationToken) ?? [];
        Dictionary<string, long> found = entries.ToDictionary(static entry => entry.Name, static entry => entry.Bytes);
        foreach ((string name, long bytes) in Expected(set))
        {
            if (!found.TryGetValue(name, out long length) || length != bytes)
            {
                throw new RepositoryException(RepositoryFailure.Damaged, $"{folder}/{name} is missing or incomplete.", set.Id.Text);
            }
        }
    }
}
