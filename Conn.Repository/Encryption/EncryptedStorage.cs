using System.Collections.Concurrent;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Encryption;

/// <summary>The storage of an encrypted repository. Invariant: every file passes through encryption except those that a reader without a key needs; a file is
/// decrypted only as the file of its name.</summary>
internal sealed class EncryptedStorage(IRepositoryStorage storage, MasterKeys keys) : IRepositoryStorage, IReservedRoom
{
    // Of the files of unfinished sets, until the sums of the set are written.
    private readonly ConcurrentDictionary<string, StoredSum> _sums = new(StringComparer.Ordinal);

    public string Place => storage.Place;

    /// <summary>The storage below, as a reader without a key sees it.</summary>
    public IRepositoryStorage Clear => storage;

    public MasterKeys Keys => keys;

    public async ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken)
    {
        IReadOnlyList<StorageEntry>? entries = await storage.ListAsync(folder, cancellationToken);
        return entries is null ? null : [.. entries.Select(entry => entry.IsFolder || RepositoryLayout.IsClear(Combined(folder, entry.Name))
            ? entry
            : entry with { Bytes = EncryptedLength.Plain(entry.Bytes) })];
    }

    public async ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken)
    {
        IStoredFile? file = await storage.OpenReadAsync(path, cancellationToken);
        if (file is null || RepositoryLayout.IsClear(path))
        {
            return file;
        }

        try
        {
            byte[] bytes = new byte[EncryptedHeader.Bytes];
            int read = await file.ReadAsync(0, bytes, cancellationToken);
            if (!EncryptedHeader.TryRead(bytes.AsMemory(0, read), out EncryptedHeader header) || EncryptedLength.Plain(file.Bytes) < 0)
            {
                throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is not an encrypted file: it is damaged, or was exchanged.");
            }

            string name = RepositoryLayout.LogicalName(path);
            return header.Epoch <= keys.Epoch
                ? new EncryptedFile(file, path, () => keys.CipherOf(header, name)!)
                : throw await UnknownKeyAsync(path, cancellationToken);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public async ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken)
    {
        IStoredFileWriter file = await storage.CreateAsync(path, cancellationToken);
        if (RepositoryLayout.IsClear(path))
        {
            return file;
        }

        try
        {
            EncryptedHeader header = EncryptedHeader.New(keys.Epoch);
            EncryptedFileWriter writer = new(file, keys.CipherOf(header, RepositoryLayout.LogicalName(path))!, (bytes, sum) => Remember(path, bytes, sum));
            await writer.BeginAsync(header.ToArray(), cancellationToken);
            return writer;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken) => storage.CreateFolderAsync(path, cancellationToken);

    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        Forget(from);
        return storage.RenameAsync(from, to, cancellationToken);
    }

    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken)
    {
        Forget(path);
        return storage.DeleteAsync(path, cancellationToken);
    }

    public ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken) => storage.FlushFolderAsync(path, cancellationToken);

    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken) => storage.TryLockAsync(path, cancellationToken);

    public ValueTask KeepAsync(CancellationToken cancellationToken) => (storage as IReservedRoom)?.KeepAsync(cancellationToken) ?? default;

    public ValueTask<bool> GiveUpAsync(CancellationToken cancellationToken) => (storage as IReservedRoom)?.GiveUpAsync(cancellationToken) ?? default;

    /// <summary>Gets the sums of the files of an unfinished set that were written through this object and not deleted, by their names.</summary>
    public IReadOnlyList<StoredSum> SumsIn(string folder) =>
        [.. _sums.Where(pair => IsIn(folder, pair.Key)).Select(static pair => pair.Value).OrderBy(static sum => sum.Name, StringComparer.Ordinal)];

    private static string Combined(string folder, string name) => folder.Length == 0 ? name : folder + "/" + name;

    private static bool IsIn(string folder, string path) => path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal);

    // A file of a newer key is one that somebody wrote after a change of the keys, or one whose header is damaged. The slots tell which.
    private async ValueTask<RepositoryException> UnknownKeyAsync(string path, CancellationToken cancellationToken)
    {
        (IReadOnlyList<KeySlot> slots, IReadOnlyList<string> _) = await KeySlots.ReadAsync(storage, keys.RepositoryId, cancellationToken);
        return slots.Any(slot => slot.Epoch > keys.Epoch)
            ? new RepositoryException(
                RepositoryFailure.WrongKey, $"{path} was written after the keys were changed; open the repository anew, with a key that is valid now.")
            : new RepositoryException(RepositoryFailure.Damaged, $"{path} is damaged: its header names a key that was never made.");
    }

    private void Remember(string path, long bytes, UInt128 sum)
    {
        if (IsIn(RepositoryLayout.Unfinished, path))
        {
            _sums[path] = new StoredSum(path[(path.LastIndexOf('/') + 1)..], bytes, sum);
        }
    }

    private void Forget(string path)
    {
        _sums.TryRemove(path, out _);
        foreach (string within in _sums.Keys.Where(name => IsIn(path, name)))
        {
            _sums.TryRemove(within, out _);
        }
    }
}
