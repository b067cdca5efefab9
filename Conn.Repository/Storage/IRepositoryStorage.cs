namespace Conn.Repository.Storage;

/// <summary>Where a repository keeps its files: the one seam through which every byte of it passes.</summary>
/// <remarks>
/// Paths are relative, with <c>/</c> between names; the empty path is the root. Nothing is durable until the file that was
/// written and the folders whose entries changed were flushed. Implementations MUST be safe for calls from several threads,
/// and MUST fail with <see cref="RepositoryException"/>: DiskFull, NotPermitted or Io.
/// </remarks>
public interface IRepositoryStorage
{
    /// <summary>The place in words, for messages: a path, an address.</summary>
    string Place { get; }

    /// <summary>The entries of a folder in ordinal order of their names; null when there is no such folder.</summary>
    /// <param name="folder">A folder; empty = the root.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The entries, or null.</returns>
    ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken);

    /// <summary>Opens a file for reading; null when there is no such file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The open file, or null. The caller disposes it.</returns>
    ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Creates a file for appending. It MUST NOT exist.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The new, empty file. The caller disposes it.</returns>
    ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken);

    /// <summary>Creates a folder, and the root with it; nothing happens when it exists.</summary>
    /// <param name="path">The folder; empty = the root.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken);

    /// <summary>Renames a file (replacing a file at the target) or a folder (the target MUST NOT exist) in one atomic step.</summary>
    /// <param name="from">What exists.</param>
    /// <param name="to">Its new path.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken);

    /// <summary>Deletes a file, or a folder with all in it; nothing happens when it does not exist.</summary>
    /// <param name="path">File or folder; never the root.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    ValueTask DeleteAsync(string path, CancellationToken cancellationToken);

    /// <summary>Makes the entries of a folder durable: what was created, renamed and deleted in it.</summary>
    /// <param name="path">The folder; empty = the root.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that is done when they are.</returns>
    ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken);

    /// <summary>Takes an exclusive lock on an existing file, held until disposed or until the process dies; null when somebody else holds it.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The lock, or null.</returns>
    ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken);
}
