using System.Collections.Concurrent;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Encryption;

/// <summary>The storage of an encrypted repository. Invariant: every file passes through encryption except those that a reader without a key needs; a file is
/// decrypted only as the file of its name; a file of an older key is read only as it was sealed.</summary>
internal sealed class EncryptedStorage(IRepositoryStorage storage, MasterKeys keys, FileCipher cipher = FileCipher.Aes256Gcm)
    : IRepositoryStorage, IReservedRoom
{
    private const int MaxKeptBlocks = 64;

    // Of long sealed files that were read, by their names: each is read once to find out whether it is the one, and not for each reader of it.
    private readonly ConcurrentDictionary<string, FileBlocks> _blocks = new(StringComparer.Ordinal);

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
            if (header.Epoch > keys.Epoch)
            {
                // Written after a change of the keys, or its header is damaged. The slots tell which.
                await RequireNewestKeysAsync(cancellationToken);
                throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is damaged: its header names a key that was never made.");
            }

            if (header.Epoch < keys.Epoch && keys.Seal is { } seal)
            {
                file = await OpenSealedAsync(file, path, bytes, seal, cancellationToken);
            }

            return new EncryptedFile(file, path, () => keys.CipherOf(header, name)!);
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
            EncryptedHeader header = EncryptedHeader.New(cipher, keys.Epoch);
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

    // The header was read already, and is checked with the blocks.
    private async ValueTask<SealedReader> OpenSealedAsync(IStoredFile file, string path, byte[] header, EpochSeal seal, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.LogicalName(path);
        if (!seal.Files.TryGetValue(name, out SealedFile known))
        {
            throw Forged(path, "did not exist then");
        }

        if (known.Bytes != file.Bytes)
        {
            throw Forged(path, $"had {known.Bytes} stored bytes then and has {file.Bytes}");
        }

        // The digest names its blocks for good, whatever is stored later.
        if (!_blocks.TryGetValue(name, out FileBlocks? blocks) || blocks.Digest != known.Digest)
        {
            blocks = await FileBlocks.ReadAsync(file, cancellationToken);
            if (blocks.Digest != known.Digest)
            {
                throw Forged(path, "had another content then");
            }

            Keep(name, blocks);
        }

        return blocks.Has(0, header)
            ? new SealedReader(file, blocks, () => Forged(path, "had another content then"))
            : throw Forged(path, "had another header then");
    }

    private void Keep(string name, FileBlocks blocks)
    {
        if (blocks.Count <= 2)
        {
            return;
        }

        if (_blocks.Count >= MaxKeptBlocks)
        {
            _blocks.Clear();
        }

        _blocks[name] = blocks;
    }

    private static RepositoryException Forged(string path, string why) => new(RepositoryFailure.Damaged,
        $"{path} is encrypted with a key that was replaced by a change of the keys, and it {why}: somebody who knows that key replaced or added it, or it is damaged. "
        + "It is not read. Find out who can write to the repository, and put the file back from a copy, or forget its set (conn prune --forget).")
    {
        IsForged = true,
    };

    /// <summary>Requires that no other process has rotated the keys since they were read.</summary>
    /// <exception cref="RepositoryException">WrongKey: one has. NotPermitted, Io.</exception>
    public async ValueTask RequireNewestKeysAsync(CancellationToken cancellationToken) =>
        RequireNewest((await KeySlots.ReadAsync(storage, keys.RepositoryId, cancellationToken)).Slots);

    /// <summary>As <see cref="RequireNewestKeysAsync"/>, for slots that were read.</summary>
    public void RequireNewest(IReadOnlyList<KeySlot> slots)
    {
        if (slots.Any(slot => slot.Epoch > keys.Epoch))
        {
            throw new RepositoryException(RepositoryFailure.WrongKey,
                $"The keys of the repository at {Place} were changed after it was opened. Open it again with a key that is valid now; "
                + "a daemon that has it open needs that key in its configuration, and a restart.");
        }
    }

    private void Remember(string path, long bytes, Hash128 sum)
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
