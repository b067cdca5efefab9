using System.Security.Cryptography;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>Probes places and creates repositories. Invariant: the format file is written last, so an interrupted creation is not a repository.</summary>
/// <remarks>Creation has a lock of its own: with the writer lock, a process that comes too late to create would keep the creator from its first set.</remarks>
internal static class RepositoryLocation
{
    // File systems create this folder at their root; a disk that holds a repository has one.
    private const string LostAndFound = "lost+found";

    private static readonly HashSet<string> KnownNames =
    [
        RepositoryLayout.FormatFile, RepositoryLayout.IndexFile, RepositoryLayout.LockFile, RepositoryLayout.HolderFile,
        RepositoryLayout.CreationLockFile, RepositoryLayout.ReserveFile,
        RepositoryLayout.Sets, RepositoryLayout.Unfinished, RepositoryLayout.Restores, RepositoryLayout.Keys, RepositoryLayout.Marks,
        RepositoryLayout.FormatFile + RepositoryLayout.NewSuffix, RepositoryLayout.IndexFile + RepositoryLayout.NewSuffix,
    ];

    public static async ValueTask<RepositoryPresence> ProbeAsync(IRepositoryStorage storage, CancellationToken cancellationToken)
    {
        List<StorageEntry> entries = [.. (await storage.ListAsync("", cancellationToken) ?? []).Where(static entry => entry.Name != LostAndFound)];
        if (entries.Exists(static entry => entry is { Name: RepositoryLayout.FormatFile, IsFolder: false }))
        {
            try
            {
                await ReadFormatAsync(storage, cancellationToken);
                return RepositoryPresence.Repository;
            }
            catch (RepositoryException error) when (error.Failure == RepositoryFailure.NewerFormat)
            {
                return RepositoryPresence.Repository;
            }
            catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.NoRepository)
            {
                return RepositoryPresence.Damaged;
            }
        }

        if (await HoldsSetOrRestoreAsync(storage, cancellationToken))
        {
            return RepositoryPresence.Damaged;
        }

        return entries.TrueForAll(static entry => KnownNames.Contains(entry.Name)) ? RepositoryPresence.Nothing : RepositoryPresence.Foreign;
    }

    /// <summary>Reads the format file.</summary>
    /// <exception cref="RepositoryException">NoRepository, Damaged, NewerFormat.</exception>
    public static async ValueTask<FormatRecord> ReadFormatAsync(IRepositoryStorage storage, CancellationToken cancellationToken) =>
        await RecordFile.ReadAsync(storage, RepositoryLayout.FormatFile, cancellationToken) is { } bytes
            ? FormatRecord.Open(bytes)
            : throw new RepositoryException(RepositoryFailure.NoRepository, $"There is no repository at {storage.Place}.");

    /// <summary>Checks that a repository that was opened is still there: a disk may have been unmounted since, and what is below its place is no repository.</summary>
    /// <exception cref="RepositoryException">NoRepository: nothing is there. Foreign: another repository is. Damaged, NewerFormat, NotPermitted, Io.</exception>
    public static async ValueTask RequireSameAsync(IRepositoryStorage storage, Hash128 identity, CancellationToken cancellationToken)
    {
        Hash128 found;
        try
        {
            found = (await ReadFormatAsync(storage, cancellationToken)).RepositoryId;
        }
        catch (RepositoryException e) when (e.Failure == RepositoryFailure.NoRepository)
        {
            throw new RepositoryException(
                RepositoryFailure.NoRepository, $"The repository at {storage.Place} is not there any more. Check whether its disk is mounted.", null, e);
        }

        if (found != identity)
        {
            throw new RepositoryException(RepositoryFailure.Foreign,
                $"At {storage.Place} is another repository now ({found}, and it was {identity}). Check which disk is mounted there, and open it anew.");
        }
    }

    public static async ValueTask CreateAsync(IRepositoryStorage storage, RepositoryOptions options, CancellationToken cancellationToken)
    {
        RequireNothing(await ProbeAsync(storage, cancellationToken), storage);
        FileCipher cipher = options.Key is null ? FileCipher.Aes256Gcm : options.Cipher ?? FileCiphers.OfProcessor;
        FileCiphers.Require(cipher, storage.Place);
        KeyDerivation.Require(options.Key?.Kind ?? KeyKind.Recovery);
        await storage.CreateFolderAsync("", cancellationToken);
        await storage.CreateFolderAsync(RepositoryLayout.Sets, cancellationToken);
        await storage.CreateFolderAsync(RepositoryLayout.Unfinished, cancellationToken);
        await storage.CreateFolderAsync(RepositoryLayout.Restores, cancellationToken);
        await EnsureFileAsync(storage, RepositoryLayout.CreationLockFile, cancellationToken);
        await using IStorageLock storageLock = await storage.TryLockAsync(RepositoryLayout.CreationLockFile, cancellationToken) ?? throw BeingCreated(storage);

        // Another process may have created the repository before this one took the lock.
        RequireNothing(await ProbeAsync(storage, cancellationToken), storage);
        await EnsureLockFileAsync(storage, cancellationToken);
        FormatRecord format = new(NewIdentity(options.Random), options.Key is not null) { Cipher = cipher };
        IRepositoryStorage written = options.Key is { } key ? await EncryptAsync(storage, format, key, options, cancellationToken) : storage;
        await storage.FlushFolderAsync("", cancellationToken);
        await RecordFile.PrepareAsync(written, RepositoryLayout.IndexFile, new IndexRecord(format.RepositoryId, 0, 0, [], [], []), cancellationToken);
        await RecordFile.PlaceAsync(written, "", RepositoryLayout.IndexFile, cancellationToken);
        await RecordFile.PrepareAsync(written, RepositoryLayout.FormatFile, format, cancellationToken);
        await RecordFile.PlaceAsync(written, "", RepositoryLayout.FormatFile, cancellationToken);
    }

    // A creation that was interrupted may have left slots whose keys nobody has.
    private static async ValueTask<EncryptedStorage> EncryptAsync(
        IRepositoryStorage storage, FormatRecord format, RepositoryKey key, RepositoryOptions options, CancellationToken cancellationToken)
    {
        await storage.DeleteAsync(RepositoryLayout.Keys, cancellationToken);
        await storage.CreateFolderAsync(RepositoryLayout.Keys, cancellationToken);
        MasterKeys keys = new MasterKeys(format.RepositoryId, []).Rotated();
        await KeySlots.WriteAsync(storage, KeySlot.New(format.RepositoryId, SetId.New(options), key, keys), cancellationToken);
        return new EncryptedStorage(storage, keys, format.Cipher);
    }

    public static ValueTask EnsureLockFileAsync(IRepositoryStorage storage, CancellationToken cancellationToken) =>
        EnsureFileAsync(storage, RepositoryLayout.LockFile, cancellationToken);

    private static async ValueTask EnsureFileAsync(IRepositoryStorage storage, string file, CancellationToken cancellationToken)
    {
        if (await HasFileAsync(storage, file, cancellationToken))
        {
            return;
        }

        try
        {
            await (await storage.CreateAsync(file, cancellationToken)).DisposeAsync();
        }
        catch (RepositoryException)
        {
            // Another process may have created it at this moment; the lock on it decides between the two.
            if (!await HasFileAsync(storage, file, cancellationToken))
            {
                throw;
            }
        }

        await storage.FlushFolderAsync("", cancellationToken);
    }

    // Listed, not opened: some systems cannot open a file that another process has locked.
    private static async ValueTask<bool> HasFileAsync(IRepositoryStorage storage, string file, CancellationToken cancellationToken) =>
        (await storage.ListAsync("", cancellationToken) ?? []).Any(entry => entry.Name == file);

    public static RepositoryException Foreign(IRepositoryStorage storage) => new(
        RepositoryFailure.Foreign, $"{storage.Place} holds files that do not belong to a repository. Choose an empty or new folder.");

    public static RepositoryException Damaged(IRepositoryStorage storage) => new(
        RepositoryFailure.Damaged, $"The format file of the repository at {storage.Place} is missing or damaged. Verify the repository for details.");

    private static RepositoryException BeingCreated(IRepositoryStorage storage) => new(
        RepositoryFailure.InUse, $"Another process is creating a repository at {storage.Place}; try again when it has finished.");

    private static Hash128 NewIdentity(Random? random)
    {
        byte[] bytes = new byte[16];
        if (random is not null)
        {
            random.NextBytes(bytes);
        }
        else
        {
            RandomNumberGenerator.Fill(bytes);
        }

        return Hash128.ReadBigEndian(bytes);
    }

    private static async ValueTask<bool> HoldsSetOrRestoreAsync(IRepositoryStorage storage, CancellationToken cancellationToken)
    {
        foreach (string folder in new[] { RepositoryLayout.Sets, RepositoryLayout.Restores })
        {
            IReadOnlyList<StorageEntry> entries = await storage.ListAsync(folder, cancellationToken) ?? [];
            if (entries.Any(static entry => RepositoryLayout.TryParseNumbered(entry.Name, out _, out _)))
            {
                return true;
            }
        }

        // All sets may have been removed. An index that has ever listed one still proves that this was a repository.
        try
        {
            return await RecordFile.ReadAsync(storage, RepositoryLayout.IndexFile, cancellationToken) is { } bytes
                && IndexRecord.Open(bytes) is var index && (index.LastSequence > 0 || index.LastRestore > 0);
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.NewerFormat)
        {
            return error.Failure == RepositoryFailure.NewerFormat;
        }
    }

    private static void RequireNothing(RepositoryPresence presence, IRepositoryStorage storage)
    {
        switch (presence)
        {
            case RepositoryPresence.Repository:
                throw new RepositoryException(
                    RepositoryFailure.InUse, $"There is a repository at {storage.Place} already; another process may have created it a moment ago. Open it.");
            case RepositoryPresence.Foreign:
                throw Foreign(storage);
            case RepositoryPresence.Damaged:
                throw Damaged(storage);
            default:
                return;
        }
    }
}
