namespace Conn.Repository.Storage;

/// <summary>Maps errors of the file system to the failures that a storage throws: DiskFull, NotPermitted, and Io for all others.</summary>
internal static class StorageErrors
{
    public static bool IsStorage(Exception error) => error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;

    public static RepositoryException Typed(string what, string path, Exception error)
    {
        RepositoryFailure failure = FileFaults.Of(error) switch
        {
            FileFault.NotPermitted => RepositoryFailure.NotPermitted,
            FileFault.Full => RepositoryFailure.DiskFull,
            _ => RepositoryFailure.Io,
        };
        string advice = failure == RepositoryFailure.DiskFull ? " Make room on the file system of the repository, and run again." : "";
        return new RepositoryException(failure, $"Cannot {what} {path}: {Cause(path, error)}.{advice}", null, error);
    }

    // .NET names the path again in its sentences.
    private static string Cause(string path, Exception error)
    {
        string cause = error is UnauthorizedAccessException { InnerException: { } inner } ? inner.Message : error.Message;
        return cause.Replace($" : '{path}'", "", StringComparison.Ordinal).Replace($" '{path}'", "", StringComparison.Ordinal).TrimEnd('.');
    }
}
