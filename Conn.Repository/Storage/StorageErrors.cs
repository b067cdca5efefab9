namespace Conn.Repository.Storage;

/// <summary>Maps errors of the file system to the failures that a storage throws: DiskFull, NotPermitted, and Io for all others.</summary>
internal static class StorageErrors
{
    public static bool IsStorage(Exception error) => error is IOException or UnauthorizedAccessException;

    public static RepositoryException Typed(string what, string path, Exception error)
    {
        RepositoryFailure failure = FileFaults.Of(error) switch
        {
            FileFault.NotPermitted => RepositoryFailure.NotPermitted,
            FileFault.Full => RepositoryFailure.DiskFull,
            _ => RepositoryFailure.Io,
        };
        return new RepositoryException(failure, $"Cannot {what} {path}: {error.Message}", null, error);
    }
}
