using System.Security.Cryptography;
using Conn.Repository.Format;

namespace Conn.Repository.Storage;

/// <summary>Represents the storage of a repository in a folder of the file system.</summary>
/// <remarks>
/// Folders are created with mode 0700 and files with 0600. What root creates in a folder of another user belongs to that user, who could not use the
/// repository otherwise. Calls complete synchronously, on the caller's thread.
/// </remarks>
public sealed class FolderStorage : IRepositoryStorage, IReservedRoom
{
    private const int ReservedBytes = 1 << 20;

    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _root;

    /// <summary>Initializes storage in a folder. Does not access the file system.</summary>
    /// <param name="path">The folder; it need not exist.</param>
    public FolderStorage(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _root = Path.GetFullPath(path);
    }

    /// <inheritdoc/>
    public string Place => _root;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = Full(folder);
        RequireNoLink(folder);
        try
        {
            if (!Directory.Exists(path))
            {
                return File.Exists(path)
                    ? throw (folder.Length == 0
                        ? new RepositoryException(RepositoryFailure.Foreign, $"{path} is a file; a repository is a folder.")
                        : new RepositoryException(RepositoryFailure.Damaged, $"{path} is a file, and a folder of the repository was expected there. Move the file away."))
                    : ValueTask.FromResult<IReadOnlyList<StorageEntry>?>(null);
            }

            List<StorageEntry> entries = [];
            foreach (FileSystemInfo info in new DirectoryInfo(path).EnumerateFileSystemInfos())
            {
                entries.Add(new StorageEntry(info.Name, info is DirectoryInfo, info is FileInfo { Exists: true } file ? file.Length : 0));
            }

            entries.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
            return ValueTask.FromResult<IReadOnlyList<StorageEntry>?>(entries);
        }
        catch (Exception error) when (StorageErrors.IsStorage(error))
        {
            throw StorageErrors.Typed("list", path, error);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string full = Full(path);
        try
        {
            return ValueTask.FromResult<IStoredFile?>(FolderFile.Open(full));
        }
        catch (Exception error) when (FileFaults.Of(error) == FileFault.NotFound)
        {
            return ValueTask.FromResult<IStoredFile?>(null);
        }
        catch (Exception error) when (StorageErrors.IsStorage(error))
        {
            throw StorageErrors.Typed("open", full, error);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string full = Full(path);
        RequireNoLink(path);
        try
        {
            return ValueTask.FromResult<IStoredFileWriter>(new FolderFileWriter(full, _root));
        }
        catch (Exception error) when (StorageErrors.IsStorage(error))
        {
            throw StorageErrors.Typed("create", full, error);
        }
    }

    /// <inheritdoc/>
    public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken) => Do("create folder", path, full =>
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(full);
        }
        else if (!Directory.Exists(full))
        {
            Directory.CreateDirectory(full, FolderMode);
            FolderOwner.GiveFolder(full, _root);
        }
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        string target = Full(to);
        RequireNoLink(to);
        return Do("rename", from, source =>
        {
            if (Directory.Exists(source))
            {
                Directory.Move(source, target);
            }
            else
            {
                File.Move(source, target, overwrite: true);
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Do("delete", path, static full =>
        {
            if (Directory.Exists(full))
            {
                Directory.Delete(full, recursive: true);
            }
            else if (File.Exists(full))
            {
                File.Delete(full);
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken) => Do("flush folder", path, DeviceFlush.Folder, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string full = Full(path);
        try
        {
            if (FileLock.TryTake(full) is not { } held)
            {
                return ValueTask.FromResult<IStorageLock?>(null);
            }

            // A run of root that was killed may have left the lock file as root's own.
            FolderOwner.Give(held.File, full, _root);
            return ValueTask.FromResult<IStorageLock?>(new FolderLock(held));
        }
        catch (Exception error) when (StorageErrors.IsStorage(error))
        {
            throw StorageErrors.Typed("lock", full, error);
        }
    }

    // What a file system compresses is no room.
    async ValueTask IReservedRoom.KeepAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(Full(RepositoryLayout.ReserveFile)))
        {
            return;
        }

        try
        {
            await using IStoredFileWriter file = await CreateAsync(RepositoryLayout.ReserveFile, cancellationToken);
            await file.AppendAsync(RandomNumberGenerator.GetBytes(ReservedBytes), cancellationToken);
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.DiskFull)
        {
            await DeleteAsync(RepositoryLayout.ReserveFile, CancellationToken.None);
        }
    }

    async ValueTask<bool> IReservedRoom.GiveUpAsync(CancellationToken cancellationToken)
    {
        bool isKept = File.Exists(Full(RepositoryLayout.ReserveFile));
        await DeleteAsync(RepositoryLayout.ReserveFile, cancellationToken);
        return isKept;
    }

    private string Full(string path) => path.Length == 0 ? _root : Path.Combine(_root, path);

    // What is listed, made, renamed or deleted in a folder of the repository must be in the repository: a link would lead the next deletion somewhere else.
    private void RequireNoLink(string path)
    {
        int end = path.IndexOf('/', StringComparison.Ordinal);
        string folder = Full(end < 0 ? path : path[..end]);
        if (path.Length > 0 && new DirectoryInfo(folder) is { LinkTarget: { } target } && (end > 0 || Directory.Exists(folder)))
        {
            throw new RepositoryException(RepositoryFailure.Damaged,
                $"{folder} is a link to {target}, and a folder of the repository was expected there. Move what it leads to into its place.");
        }
    }

    private ValueTask Do(string what, string path, Action<string> action, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string full = Full(path);
        RequireNoLink(path);
        try
        {
            action(full);
            return ValueTask.CompletedTask;
        }
        catch (Exception error) when (StorageErrors.IsStorage(error))
        {
            throw StorageErrors.Typed(what, full, error);
        }
    }
}
