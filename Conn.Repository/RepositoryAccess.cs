using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>What it takes to read a repository: its id, and its storage, decrypted if need be.</summary>
/// <param name="Identity">The id of the repository.</param>
/// <param name="Storage">The storage, through which plain bytes are read and written.</param>
/// <param name="Slot">The key slot that was opened; default if the repository is not encrypted.</param>
internal readonly record struct RepositoryAccess(Hash128 Identity, IRepositoryStorage Storage, SetId Slot)
{
    /// <summary>Reads the format file, and opens an encrypted repository with a key.</summary>
    /// <exception cref="RepositoryException">NoRepository, Damaged, NewerFormat. WrongKey: see <see cref="RepositoryOptions.Key"/>.</exception>
    public static async ValueTask<RepositoryAccess> OpenAsync(IRepositoryStorage storage, RepositoryKey? key, CancellationToken cancellationToken)
    {
        FormatRecord format = await RepositoryLocation.ReadFormatAsync(storage, cancellationToken);
        if (format.IsEncrypted)
        {
            FileCiphers.Require(format.Cipher, storage.Place);
            (KeySlot slot, MasterKeys keys) = await KeySlots.OpenAsync(storage, format.RepositoryId, key, cancellationToken);
            return new RepositoryAccess(format.RepositoryId, new EncryptedStorage(storage, keys, format.Cipher), slot.Id);
        }

        return key is null
            ? new RepositoryAccess(format.RepositoryId, storage, default)
            : throw new RepositoryException(
                RepositoryFailure.WrongKey, $"The repository at {storage.Place} is not encrypted, and a key was given. If that is as it should be, leave the key out.");
    }
}
