using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Encryption;

/// <summary>Reads and writes the key slots of a repository. A damaged slot is told from a wrong key.</summary>
internal static class KeySlots
{
    /// <summary>The most slots that are read: each one of a passphrase takes its time.</summary>
    public const int MaxSlots = 32;

    /// <summary>Reads all slots.</summary>
    /// <returns>The slots that can be read, by id, and what is wrong with the others, as sentences.</returns>
    public static async ValueTask<(IReadOnlyList<KeySlot> Slots, IReadOnlyList<string> Damaged)> ReadAsync(
        IRepositoryStorage storage, Hash128 repositoryId, CancellationToken cancellationToken)
    {
        List<KeySlot> slots = [];
        List<string> damaged = [];
        foreach (StorageEntry entry in await storage.ListAsync(RepositoryLayout.Keys, cancellationToken) ?? [])
        {
            if (entry.IsFolder || !SetId.TryParse(entry.Name, out SetId id) || slots.Count == MaxSlots)
            {
                continue;
            }

            try
            {
                byte[] bytes = await RecordFile.ReadAsync(storage, RepositoryLayout.KeyPath(id), cancellationToken) ?? [];
                KeySlot slot = KeySlot.Open(bytes);
                if (slot.Id != id || slot.RepositoryId != repositoryId)
                {
                    throw new RepositoryException(RepositoryFailure.Damaged, "It is the slot of another place.");
                }

                slots.Add(slot);
            }
            catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged)
            {
                damaged.Add($"{RepositoryLayout.KeyPath(id)}: {error.Message}");
            }
        }

        return (slots, damaged);
    }

    /// <summary>Finds the slot that a key opens.</summary>
    /// <exception cref="RepositoryException">WrongKey. Damaged: no slot can be read.</exception>
    public static async ValueTask<(KeySlot Slot, MasterKeys Keys)> OpenAsync(
        IRepositoryStorage storage, Hash128 repositoryId, RepositoryKey? key, CancellationToken cancellationToken)
    {
        if (key is null)
        {
            throw new RepositoryException(RepositoryFailure.WrongKey, $"The repository at {storage.Place} is encrypted; give its passphrase, a key file or its recovery key.");
        }

        (IReadOnlyList<KeySlot> slots, IReadOnlyList<string> damaged) = await ReadAsync(storage, repositoryId, cancellationToken);
        if (slots.Count == 0)
        {
            throw new RepositoryException(RepositoryFailure.Damaged,
                $"No key slot of the repository at {storage.Place} can be read, and without one it cannot be decrypted. {string.Join(' ', damaged)}".TrimEnd());
        }

        // The newest first: after an interrupted change of the keys the same secret may open an old slot as well.
        foreach (KeySlot slot in slots.Where(slot => slot.Kind == key.Kind).OrderByDescending(static slot => slot.Epoch))
        {
            // A slot of a passphrase takes its time, and cannot be interrupted.
            cancellationToken.ThrowIfCancellationRequested();
            if (slot.TryOpen(key) is { } keys)
            {
                return slot.Epoch == slots.Max(static s => s.Epoch)
                    ? (slot, keys)
                    : throw new RepositoryException(RepositoryFailure.WrongKey, $"The keys of the repository at {storage.Place} were changed, and this one is valid no more; {RepositoryLayout.KeyPath(slots.MaxBy(static s => s.Epoch)!.Id)} is the slot of a newer one.");
            }
        }

        string also = damaged.Count > 0 ? $" Some key slots are damaged, and this key may have been one of theirs: {string.Join(' ', damaged)}" : "";
        throw new RepositoryException(RepositoryFailure.WrongKey, $"The {Name(key.Kind)} does not open the repository at {storage.Place}.{also}");
    }

    /// <summary>Writes a slot, durably.</summary>
    public static async ValueTask WriteAsync(IRepositoryStorage storage, KeySlot slot, CancellationToken cancellationToken)
    {
        await RecordFile.PrepareAsync(storage, RepositoryLayout.KeyPath(slot.Id), slot, cancellationToken);
        await RecordFile.PlaceAsync(storage, RepositoryLayout.Keys, RepositoryLayout.KeyPath(slot.Id), cancellationToken);
    }

    private static string Name(KeyKind kind) => kind switch
    {
        KeyKind.Passphrase => "passphrase",
        KeyKind.KeyFile => "key file",
        _ => "recovery key",
    };
}
