using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>The files of one committed set: reads its manifest and says which files should be there.</summary>
internal static class SetFiles
{
    /// <summary>Reads a manifest that must be the one of this set, this repository, and (when known) this SHA-256.</summary>
    /// <exception cref="RepositoryException">Damaged, NewerFormat.</exception>
    public static async ValueTask<(BackupSet Set, Sha256Hash Sha)> ReadManifestAsync(
        IRepositoryStorage storage, UInt128? repositoryId, long sequence, SetId id, Sha256Hash? sha, CancellationToken cancellationToken)
    {
        var path = RepositoryLayout.SetFolder(sequence, id) + "/" + RepositoryLayout.Manifest;
        var bytes = await RecordFile.ReadAsync(storage, path, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is missing.", id.Text);
        var manifest = ManifestRecord.Open(bytes);
        var found = CheckedRecord.ShaOf(bytes);
        return manifest.Set.Id == id && manifest.Set.Sequence == sequence
            && (sha is null || sha == found)
            && (repositoryId is null || repositoryId == manifest.RepositoryId)
            ? (manifest.Set, found)
            : throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is not the manifest that was committed.", id.Text);
    }

    /// <summary>Names and lengths of the data files a set should have.</summary>
    public static Dictionary<string, long> Expected(BackupSet set)
    {
        var files = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var part in set.Parts)
        {
            for (var segment = 0; segment < part.Segments.Count; segment++)
            {
                files.Add(RepositoryLayout.SegmentName(part.Number, segment), part.Segments[segment].Bytes);
            }
        }

        return files;
    }

    /// <summary>Requires every data file of a set in full length.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public static async ValueTask RequireWholeAsync(IRepositoryStorage storage, BackupSet set, CancellationToken cancellationToken)
    {
        var folder = RepositoryLayout.SetFolder(set.Sequence, set.Id);
        var found = (await storage.ListAsync(folder, cancellationToken) ?? []).ToDictionary(static entry => entry.Name, static entry => entry.Bytes);
        foreach (var (name, bytes) in Expected(set))
        {
            if (!found.TryGetValue(name, out var length) || length != bytes)
            {
                throw new RepositoryException(RepositoryFailure.Damaged, $"{folder}/{name} is missing or not whole.", set.Id.Text);
            }
        }
    }
}
