using Conn.Repository.Format;
using Conn.Repository.Sets;

namespace Conn.Repository.Encryption;

/// <summary>Represents the keys of an encrypted repository; get it from <see cref="BackupRepository.Keys"/>.</summary>
/// <remarks>A change is durable when its task completes. Safe for several threads, one change at a time.</remarks>
public sealed class RepositoryKeys
{
    private readonly BackupRepository _repository;
    private readonly EncryptedStorage _storage;
    private SetId _inUse;

    internal RepositoryKeys(BackupRepository repository, EncryptedStorage storage, SetId inUse)
    {
        _repository = repository;
        _storage = storage;
        _inUse = inUse;
    }

    /// <summary>Lists the keys.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The keys, oldest first; one whose slot is damaged is left out, and a verification names it.</returns>
    /// <exception cref="RepositoryException">NotPermitted, Io.</exception>
    public async ValueTask<IReadOnlyList<KeySlotInfo>> ListAsync(CancellationToken cancellationToken = default) =>
        [.. (await ReadAsync(cancellationToken)).Select(slot => new KeySlotInfo(slot.Id.Text, slot.Kind, slot.Id == _inUse))];

    /// <summary>Adds a key, with which the repository can be opened from now on.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="key">The new key.</param>
    /// <param name="cancellationToken">Cancels the call before the key is added.</param>
    /// <returns>The id of its slot.</returns>
    /// <exception cref="InvalidOperationException">There are 32 keys already, or an earlier commit or rotation with the lock failed.</exception>
    /// <exception cref="RepositoryException">DiskFull, NotPermitted, Io: the key was not added.</exception>
    public async ValueTask<string> AddAsync(RepositoryWriterLock writerLock, RepositoryKey key, CancellationToken cancellationToken = default)
    {
        Require(writerLock, key);
        if ((await ReadAsync(cancellationToken)).Count >= KeySlots.MaxSlots)
        {
            throw new InvalidOperationException($"The repository has {KeySlots.MaxSlots} keys, which is the most; remove one first.");
        }

        KeySlot slot = New(key, _storage.Keys);
        await KeySlots.WriteAsync(_storage, slot, cancellationToken);
        return slot.Id.Text;
    }

    /// <summary>Removes a key. Who has copied its slot and knows its secret can still read the repository: see <see cref="RotateAsync"/>.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="id">The id of its slot, or a beginning that no other id has.</param>
    /// <param name="cancellationToken">Cancels the call before the key is removed.</param>
    /// <returns>The id of its slot.</returns>
    /// <exception cref="ArgumentException">There is no such key, or there are several, or it is the one that opened the repository, so that one that is known stays.</exception>
    /// <exception cref="InvalidOperationException">An earlier commit or rotation with the lock failed.</exception>
    /// <exception cref="RepositoryException">NotPermitted, Io.</exception>
    public async ValueTask<string> RemoveAsync(RepositoryWriterLock writerLock, string id, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        Require(writerLock, id);
        IReadOnlyList<KeySlot> slots = await ReadAsync(cancellationToken);
        KeySlot[] meant = [.. slots.Where(slot => slot.Id.Text.StartsWith(id, StringComparison.OrdinalIgnoreCase))];
        if (meant.Length != 1)
        {
            throw new ArgumentException(meant.Length == 0 ? $"There is no key {id}." : $"Several keys begin with {id}; write more of the id.", nameof(id));
        }

        if (slots.Count == 1)
        {
            throw new ArgumentException($"{meant[0].Id} is the only key: without it nothing could be read any more. Add another one first.", nameof(id));
        }

        if (meant[0].Id == _inUse)
        {
            throw new ArgumentException($"{meant[0].Id} is the key that opened the repository now. Open it with another key to remove this one.", nameof(id));
        }

        await RemoveAsync(meant, cancellationToken);
        return meant[0].Id.Text;
    }

    /// <summary>Makes a new master key for all that is written from now on, and keeps the older ones for what is stored. Every other key than the given one is removed, because
    /// its secret is not known here; add them again.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="key">The key that opens the repository from now on.</param>
    /// <param name="cancellationToken">Cancels the call before the new key is written; ignored afterwards.</param>
    /// <returns>The id of its slot.</returns>
    /// <remarks>
    /// What was stored before stays readable for who has copied an old slot and knows its secret; nothing can take that back. But no file that is written with an
    /// old key is read from now on: the call reads every stored file once and seals it in the new slot. That takes as long as a verification; what an earlier rotation
    /// sealed is not read again. A file that is damaged when it is sealed stays refused, also if a good copy is put in its place later.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The keys were rotated 1023 times, a set is being written with the lock, or an earlier commit or
    /// rotation with it failed.</exception>
    /// <exception cref="RepositoryException">DiskFull (also: there are more files than a slot can seal), NotPermitted, Io: the old keys are valid, unless the new
    /// one opens the repository.</exception>
    public async ValueTask<string> RotateAsync(RepositoryWriterLock writerLock, RepositoryKey key, CancellationToken cancellationToken = default)
    {
        Require(writerLock, key);
        if (writerLock.IsWritingSet)
        {
            throw new InvalidOperationException("A set is being written with this lock, and its files with the old key; dispose its writer first.");
        }

        if (_storage.Keys.Epoch == MasterKeys.MaxEpochs)
        {
            throw new InvalidOperationException("The keys were rotated as often as is possible; create a new repository.");
        }

        IReadOnlyList<KeySlot> before = await ReadAsync(cancellationToken);
        (MasterKeys rotated, KeySlot slot) = await SealAsync(writerLock, key, cancellationToken);
        try
        {
            await KeySlots.WriteAsync(_storage, slot, cancellationToken);
        }
        catch (RepositoryException error)
        {
            throw new RepositoryException(
                error.Failure, $"{error.Message} The new key may be valid already, and the old one no more: keep both, and try which of them opens the repository.", null, error);
        }

        _storage.Keys.Take(rotated);
        writerLock.IsCommitting = false;
        _repository.Catalog.RememberKeys();
        _inUse = slot.Id;
        try
        {
            await RemoveAsync(before, CancellationToken.None);
        }
        catch (RepositoryException)
        {
            // The new key is the valid one, whatever becomes of the old slots; the next writer removes them.
        }

        return slot.Id.Text;
    }

    // From now on, until it is known which keys are valid, nothing more is written with this lock: what an old key writes after it was sealed is not read.
    private async ValueTask<(MasterKeys Rotated, KeySlot Slot)> SealAsync(RepositoryWriterLock writerLock, RepositoryKey key, CancellationToken cancellationToken)
    {
        writerLock.IsCommitting = true;
        try
        {
            MasterKeys rotated = _storage.Keys.Rotated(await SealMaking.MakeAsync(_storage.Clear, _storage.Keys, cancellationToken));
            return (rotated, New(key, rotated));
        }
        catch
        {
            // Nothing has changed.
            writerLock.IsCommitting = false;
            throw;
        }
    }

    /// <summary>Removes the slots that an interrupted rotation left.</summary>
    /// <exception cref="RepositoryException">WrongKey: another process rotated the keys. What is written with the old ones would not be read.</exception>
    internal async ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<KeySlot> slots = await ReadAsync(cancellationToken);
        _storage.RequireNewest(slots);
        IReadOnlyList<KeySlot> stale = [.. slots.Where(slot => slot.Epoch < _storage.Keys.Epoch)];
        await RemoveAsync(stale, cancellationToken);
        return [.. stale.Select(static slot => $"The key {slot.Id} was removed: a change of the keys had been interrupted.")];
    }

    private async ValueTask RemoveAsync(IReadOnlyList<KeySlot> slots, CancellationToken cancellationToken)
    {
        foreach (KeySlot slot in slots)
        {
            await _storage.DeleteAsync(RepositoryLayout.KeyPath(slot.Id), cancellationToken);
        }

        if (slots.Count > 0)
        {
            await _storage.FlushFolderAsync(RepositoryLayout.Keys, cancellationToken);
        }
    }

    private async ValueTask<IReadOnlyList<KeySlot>> ReadAsync(CancellationToken cancellationToken) =>
        (await KeySlots.ReadAsync(_storage, _repository.Identity, cancellationToken)).Slots;

    private KeySlot New(RepositoryKey key, MasterKeys keys) =>
        KeySlot.New(_repository.Identity, _repository.NewId(_repository.Options.TimeProvider.GetUtcNow()), key, keys);

    private void Require(RepositoryWriterLock writerLock, object given)
    {
        ArgumentNullException.ThrowIfNull(writerLock);
        ArgumentNullException.ThrowIfNull(given);
        writerLock.Require(_repository);
        writerLock.RequireKnownState();
    }
}
