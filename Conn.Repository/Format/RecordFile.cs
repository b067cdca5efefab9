using Conn.Repository.Storage;

namespace Conn.Repository.Format;

/// <summary>Records as files. Each is written beside its place, flushed, read back and decoded before it is renamed into place.</summary>
internal static class RecordFile
{
    /// <summary>Reads the bytes of a record; null when there is no such file.</summary>
    /// <exception cref="RepositoryException">Damaged: the file is longer than a record may be.</exception>
    public static async ValueTask<byte[]?> ReadAsync(IRepositoryStorage storage, string path, CancellationToken cancellationToken)
    {
        if (await storage.OpenReadAsync(path, cancellationToken) is not { } file)
        {
            return null;
        }

        await using (file)
        {
            return await ReadAsync(file, path, cancellationToken);
        }
    }

    /// <summary>Writes a record to a file that does not exist yet, flushes it, reads it back, and decodes it as every later reader will.</summary>
    /// <returns>The stored bytes.</returns>
    /// <exception cref="RepositoryException">Damaged: the stored bytes are not those written, or do not decode to the record.</exception>
    public static async ValueTask<byte[]> WriteAsync<T>(IRepositoryStorage storage, string path, T record, CancellationToken cancellationToken)
        where T : IStoredRecord<T>
    {
        byte[] bytes = record.Seal();
        await using (IStoredFileWriter writer = await storage.CreateAsync(path, cancellationToken))
        {
            await writer.AppendAsync(bytes, cancellationToken);
            await writer.FlushAsync(cancellationToken);
        }

        IStoredFile file = await storage.OpenReadAsync(path, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, $"{path} was written and does not exist: the storage cannot be trusted.");
        await using (file)
        {
            await file.DropCacheAsync(cancellationToken);
            byte[] stored = await ReadAsync(file, path, cancellationToken);
            if (!bytes.AsSpan().SequenceEqual(stored))
            {
                throw new RepositoryException(
                    RepositoryFailure.Damaged, $"{path} was read back and differs from what was written: the storage cannot be trusted.");
            }

            RequireDecodes(path, record, stored);
            return stored;
        }
    }

    /// <summary>Writes the record that will replace another one, also to a full disk; nothing is replaced yet.</summary>
    /// <exception cref="RepositoryException">As for writing.</exception>
    public static ValueTask PrepareAsync<T>(IRepositoryStorage storage, string path, T record, CancellationToken cancellationToken)
        where T : IStoredRecord<T> => ReservedRoom.UseAsync(storage, async () =>
        {
            await storage.DeleteAsync(path + RepositoryLayout.NewSuffix, cancellationToken);
            await WriteAsync(storage, path + RepositoryLayout.NewSuffix, record, cancellationToken);
        }, cancellationToken);

    /// <summary>Renames a prepared record into its place, durably.</summary>
    public static async ValueTask PlaceAsync(IRepositoryStorage storage, string folder, string path, CancellationToken cancellationToken)
    {
        await storage.RenameAsync(path + RepositoryLayout.NewSuffix, path, cancellationToken);
        await storage.FlushFolderAsync(folder, cancellationToken);
    }

    private static void RequireDecodes<T>(string path, T record, byte[] stored)
        where T : IStoredRecord<T>
    {
        T decoded;
        try
        {
            decoded = T.Open(stored);
        }
        catch (RepositoryException error)
        {
            throw new RepositoryException(RepositoryFailure.Damaged, $"{path} was written as meant and its reader refuses it: {error.Message}", null, error);
        }

        if (!record.IsSameAs(decoded))
        {
            throw new RepositoryException(RepositoryFailure.Damaged, $"{path} was written and does not decode to what was meant.");
        }
    }

    private static async ValueTask<byte[]> ReadAsync(IStoredFile file, string path, CancellationToken cancellationToken)
    {
        if (file.Bytes > FormatLimits.MaxRecordBytes)
        {
            throw new RepositoryException(RepositoryFailure.Damaged, $"{path} has {file.Bytes} bytes, more than a record may have.");
        }

        byte[] bytes = new byte[file.Bytes];
        int read = await file.ReadAsync(0, bytes, cancellationToken);
        return read == bytes.Length ? bytes : bytes[..read];
    }
}
