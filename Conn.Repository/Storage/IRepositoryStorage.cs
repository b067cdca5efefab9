namespace Conn.Repository.Storage;

/// <summary>Represents the storage of a repository. Every read and write of a repository passes through it.</summary>
/// <remarks>
/// Paths are relative, with <c>/</c> between names; the empty path is the root. A change is durable only after the file that was
/// written and the folders whose entries changed were flushed. Implementations MUST be safe for calls from several threads,
/// and MUST fail with <see cref="RepositoryException"/>: DiskFull, NotPermitted or Io.
/// </remarks>
public interface IRepositoryStorage
{
    /// <summary>Gets the location as text for messages: a path or an address.</summary>
    string Place { get; }

    /// <summary>Lists the entries of a folder in ordinal order of their names.</summary>
    /// <param name="folder">A folder; empty = the root.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entries, or null when there is no such folder.</returns>
    ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken);

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The open file, or null when there is no such file. The caller disposes it.</returns>
    ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Creates a file for appending. It MUST NOT exist.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The new, empty file. The caller disposes it.</returns>
    ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken);

    /// <summary>Creates a folder and, if necessary, the root. Does nothing when the folder exists.</summary>
    /// <param name="path">The folder; empty = the root.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when the folder exists.</returns>
    ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken);

    /// <summary>Renames a file (and replaces a file at the target) or a folder (the target MUST NOT exist) in one atomic step.</summary>
    /// <param name="from">The existing path.</param>
    /// <param name="to">The new path.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when the rename is done.</returns>
    ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken);

    /// <summary>Deletes a file, or a folder with everything in it. Does nothing when the path does not exist.</summary>
    /// <param name="path">A file or folder; never the root.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when the path does not exist.</returns>
    ValueTask DeleteAsync(string path, CancellationToken cancellationToken);

    /// <summary>Makes the entries of a folder durable: those created, renamed and deleted.</summary>
    /// <param name="path">The folder; empty = the root.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when the entries are durable.</returns>
    ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken);

    /// <summary>Tries to take an exclusive lock on an existing file. It is held until it is disposed or the process ends.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The lock, or null when another holder has it.</returns>
    ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken);
}
