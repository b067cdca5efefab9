using System.Runtime.CompilerServices;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Encryption;

/// <summary>Makes the seal of a rotation: it reads all that is stored under the newest key, and takes over what the last seal has of the older ones.</summary>
internal static class SealMaking
{
    /// <param name="storage">The storage below the encryption. The caller holds the writer lock.</param>
    /// <param name="keys">The keys before the rotation.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="RepositoryException">NotPermitted, Io: a file cannot be read. DiskFull: there are more files than a seal takes.</exception>
    public static async ValueTask<EpochSeal> MakeAsync(IRepositoryStorage storage, MasterKeys keys, CancellationToken cancellationToken)
    {
        Dictionary<string, SealedFile> files = new(StringComparer.Ordinal);
        await foreach (string path in PathsAsync(storage, cancellationToken))
        {
            if (await FindAsync(storage, keys, path, cancellationToken) is { } file)
            {
                // No two files of a repository have one name, unless somebody copied a folder: then only the name counts, as it does for the key of the file.
                files.TryAdd(RepositoryLayout.LogicalName(path), file);
            }
        }

        return files.Count <= FormatLimits.MaxSealedFiles
            ? new EpochSeal(keys.RepositoryId, keys.Epoch + 1, files)
            : throw new RepositoryException(RepositoryFailure.DiskFull,
                $"The repository has {files.Count} files, and a change of the keys takes at most {FormatLimits.MaxSealedFiles}. Prune it, or begin a new one.");
    }

    // Null for what is no encrypted file of a known key, and for what somebody added with an older key after it was sealed: neither is read afterwards.
    private static async ValueTask<SealedFile?> FindAsync(IRepositoryStorage storage, MasterKeys keys, string path, CancellationToken cancellationToken)
    {
        try
        {
            if (await storage.OpenReadAsync(path, cancellationToken) is not { } file)
            {
                return null;
            }

            await using (file)
            {
                byte[] bytes = new byte[EncryptedHeader.Bytes];
                int read = await file.ReadAsync(0, bytes, cancellationToken);
                bool isEncrypted = EncryptedHeader.TryRead(bytes.AsMemory(0, read), out EncryptedHeader header) && EncryptedLength.Plain(file.Bytes) >= 0;
                if (!isEncrypted || header.Epoch > keys.Epoch)
                {
                    return null;
                }

                return header.Epoch < keys.Epoch && keys.Seal is { } seal
                    ? seal.Files.TryGetValue(RepositoryLayout.LogicalName(path), out SealedFile known) ? known : null
                    : new SealedFile(file.Bytes, (await FileBlocks.ReadAsync(file, cancellationToken)).Digest);
            }
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
        {
            // A pipe or a folder in the place of a file.
            return null;
        }
    }

    private static async IAsyncEnumerable<string> PathsAsync(IRepositoryStorage storage, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return RepositoryLayout.IndexFile;
        List<string> folders = [RepositoryLayout.Restores, RepositoryLayout.Marks];
        foreach (StorageEntry set in await storage.ListAsync(RepositoryLayout.Sets, cancellationToken) ?? [])
        {
            if (set.IsFolder && RepositoryLayout.TryParseNumbered(set.Name, out _, out _))
            {
                folders.Add(RepositoryLayout.Sets + "/" + set.Name);
            }
        }

        foreach (string folder in folders)
        {
            foreach (StorageEntry entry in await storage.ListAsync(folder, cancellationToken) ?? [])
            {
                string path = folder + "/" + entry.Name;
                if (!entry.IsFolder && !RepositoryLayout.IsClear(path) && !path.EndsWith(RepositoryLayout.NewSuffix, StringComparison.Ordinal))
                {
                    yield return path;
                }
            }
        }
    }
}
