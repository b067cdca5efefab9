using System.IO.Hashing;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>Checks an encrypted repository without a key: each file of each set by its sum. It finds damage, not what somebody changed on purpose.</summary>
internal static class SumsCheck
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Checks the sets.</summary>
    /// <exception cref="RepositoryException">NoSuchSet, NotPermitted, Io.</exception>
    public static async ValueTask<VerifyReport> RunAsync(IRepositoryStorage storage, Hash128 repositoryId, SetId? only, List<VerifyProblem> problems, List<string> notes,
        IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        notes.Add("No key was given: the stored files were compared with their sums, and nothing was decrypted.");
        List<(SetId Id, string Folder, SumsRecord Sums)> sets = [];
        bool found = false;
        foreach (StorageEntry entry in await FolderListing.ListAsync(
            storage, RepositoryLayout.Sets, what => problems.Add(new VerifyProblem(CatalogReader.Repository, null, what)), cancellationToken) ?? [])
        {
            if (!entry.IsFolder || !RepositoryLayout.TryParseNumbered(entry.Name, out _, out SetId id))
            {
                notes.Add($"{RepositoryLayout.Sets}/{entry.Name} is not part of the repository.");
            }
            else if (only is null || only == id)
            {
                found = true;
                string folder = RepositoryLayout.Sets + "/" + entry.Name;
                try
                {
                    sets.Add((id, folder, await ReadAsync(storage, folder, repositoryId, id, cancellationToken)));
                }
                catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.Io)
                {
                    problems.Add(new VerifyProblem(id.Text, null, error.Message));
                }
            }
        }

        if (only is { } missing && !found)
        {
            throw new RepositoryException(RepositoryFailure.NoSuchSet, $"The repository at {storage.Place} holds no set {missing}.", missing.Text);
        }

        await CheckIndexAsync(storage, problems, cancellationToken);
        await TopLevelCheck.CheckFilesAsync(storage, problems, notes, cancellationToken);
        long total = sets.Sum(static set => set.Sums.Files.Sum(static file => file.Bytes));
        long read = 0;
        foreach ((SetId id, string folder, SumsRecord sums) in sets)
        {
            foreach (StoredSum file in sums.Files)
            {
                if (await FindProblemAsync(storage, folder + "/" + file.Name, file, cancellationToken) is { } problem)
                {
                    problems.Add(new VerifyProblem(id.Text, null, problem));
                }

                read += file.Bytes;
                progress?.Report(new VerifyProgress(id.Text, read, total));
            }
        }

        return new VerifyReport { IsDecoded = false, Sets = sets.Count, Sections = 0, Bytes = read, Problems = problems, Notes = notes };
    }

    /// <summary>Compares the names of the sums of a set with its files; returns what differs, or null. The sums themselves are for readers without a key.</summary>
    public static async ValueTask<string?> CompareAsync(IRepositoryStorage storage, BackupSet set, IEnumerable<string> files, CancellationToken cancellationToken)
    {
        string folder = RepositoryLayout.SetFolder(set.Sequence, set.Id);
        try
        {
            SumsRecord sums = await ReadAsync(storage, folder, null, set.Id, cancellationToken);
            return files.Append(RepositoryLayout.Manifest).Where(static name => name != RepositoryLayout.Sums).Order(StringComparer.Ordinal)
                .SequenceEqual(sums.Files.Select(static file => file.Name))
                ? null
                : $"{folder}/{RepositoryLayout.Sums} does not list the files of the set.";
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged)
        {
            return error.Message;
        }
    }

    // Its content needs the key; that it is there and is an encrypted file does not.
    private static async ValueTask CheckIndexAsync(IRepositoryStorage storage, List<VerifyProblem> problems, CancellationToken cancellationToken)
    {
        string? problem = "The index is missing.";
        try
        {
            if (await storage.OpenReadAsync(RepositoryLayout.IndexFile, cancellationToken) is { } file)
            {
                await using (file)
                {
                    byte[] header = new byte[EncryptedHeader.Bytes];
                    int read = await file.ReadAsync(0, header, cancellationToken);
                    problem = EncryptedHeader.TryRead(header.AsMemory(0, read), out _) && EncryptedLength.Plain(file.Bytes) >= 0 ? null : "The index is no encrypted file.";
                }
            }
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.Io)
        {
            problem = error.Message;
        }

        if (problem is not null)
        {
            problems.Add(new VerifyProblem(CatalogReader.Repository, null, problem));
        }
    }

    private static async ValueTask<SumsRecord> ReadAsync(
        IRepositoryStorage storage, string folder, Hash128? repositoryId, SetId id, CancellationToken cancellationToken)
    {
        string path = folder + "/" + RepositoryLayout.Sums;
        byte[] bytes = await RecordFile.ReadAsync(storage, path, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is missing.", id.Text);
        SumsRecord sums = SumsRecord.Open(bytes);
        return sums.Set == id && (repositoryId is null || sums.RepositoryId == repositoryId)
            && sums.Files.All(static file => !file.Name.Contains('/', StringComparison.Ordinal) && file.Name is not (".." or "."))
            ? sums
            : throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is that of another set.", id.Text);
    }

    private static async ValueTask<string?> FindProblemAsync(IRepositoryStorage storage, string path, StoredSum expected, CancellationToken cancellationToken)
    {
        try
        {
            if (await storage.OpenReadAsync(path, cancellationToken) is not { } file)
            {
                return $"{path} is missing.";
            }

            await using (file)
            {
                if (file.Bytes != expected.Bytes)
                {
                    return $"{path} has {file.Bytes} bytes instead of {expected.Bytes}.";
                }

                await file.DropCacheAsync(cancellationToken);
                return await SumAsync(file, cancellationToken) == expected.Sum ? null : $"{path} is damaged: its sum does not match.";
            }
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Io or RepositoryFailure.Damaged)
        {
            return error.Message;
        }
    }

    private static async ValueTask<Hash128> SumAsync(IStoredFile file, CancellationToken cancellationToken)
    {
        XxHash128 sum = new();
        byte[] buffer = new byte[BufferBytes];
        for (long offset = 0; offset < file.Bytes;)
        {
            int count = await file.ReadAsync(offset, buffer, cancellationToken);
            if (count == 0)
            {
                break;
            }

            sum.Append(buffer.AsSpan(0, count));
            offset += count;
        }

        return ContentHash.Of(sum);
    }
}
