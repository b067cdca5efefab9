using Conn.Repository.Storage;

namespace Conn.Repository.Format;

/// <summary>Records as files: read within bounds; written beside their place, flushed and read back before they are renamed into it.</summary>
internal static class RecordFile
{
    /// <summary>The bytes of a record; null when there is no such file.</summary>
    /// <exception cref="RepositoryException">Damaged: longer than a record may be.</exception>
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

    /// <summary>Writes a record to a file that is not there yet, flushes it and reads it back.</summary>
    /// <exception cref="RepositoryException">Damaged: what was read back is not what was written.</exception>
    public static async ValueTask WriteAsync(IRepositoryStorage storage, string path, byte[] record, CancellationToken cancellationToken)
    {
        await using (var writer = await storage.CreateAsync(path, cancellationToken))
        {
            await writer.AppendAsync(record, cancellationToken);
            await writer.FlushAsync(cancellationToken);
        }

        var file = await storage.OpenReadAsync(path, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, $"{path} was written and is not there.");
        await using (file)
        {
            await file.DropCacheAsync(cancellationToken);
            var stored = await ReadAsync(file, path, cancellationToken);
            if (!record.AsSpan().SequenceEqual(stored))
            {
                throw new RepositoryException(RepositoryFailure.Damaged, $"{path} was read back and is not what was written: the storage cannot be trusted.");
            }
        }
    }

    /// <summary>Writes the record that will take the place of another; nothing changes yet.</summary>
    public static async ValueTask PrepareAsync(IRepositoryStorage storage, string path, byte[] record, CancellationToken cancellationToken)
    {
        await storage.DeleteAsync(path + RepositoryLayout.NewSuffix, cancellationToken);
        await WriteAsync(storage, path + RepositoryLayout.NewSuffix, record, cancellationToken);
    }

    /// <summary>Puts a prepared record into its place, durably.</summary>
    public static async ValueTask PlaceAsync(IRepositoryStorage storage, string folder, string path, CancellationToken cancellationToken)
    {
        await storage.RenameAsync(path + RepositoryLayout.NewSuffix, path, cancellationToken);
        await storage.FlushFolderAsync(folder, cancellationToken);
    }

    private static async ValueTask<byte[]> ReadAsync(IStoredFile file, string path, CancellationToken cancellationToken)
    {
        if (file.Bytes > FormatLimits.MaxRecordBytes)
        {
            throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is longer than a record may be.");
        }

        var bytes = new byte[file.Bytes];
        var read = await file.ReadAsync(0, bytes, cancellationToken);
        return read == bytes.Length ? bytes : bytes[..read];
    }
}
