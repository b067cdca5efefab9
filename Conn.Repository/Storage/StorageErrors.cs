namespace Conn.Repository.Storage;

/// <summary>Maps errors of the file system to the failures that a storage throws: DiskFull, NotPermitted, and Io for all others.</summary>
internal static class StorageErrors
{
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int NoAccess = 13;
    private const int NoPermission = 1;

    public static bool IsStorage(Exception error) => error is IOException or UnauthorizedAccessException;

    public static RepositoryException Typed(string what, string path, Exception error)
    {
        RepositoryFailure failure = error switch
        {
            UnauthorizedAccessException => RepositoryFailure.NotPermitted,
            _ when IsFull(error.HResult) => RepositoryFailure.DiskFull,
            _ when !OperatingSystem.IsWindows() && error.HResult is ReadOnlyFileSystem or NoAccess or NoPermission => RepositoryFailure.NotPermitted,
            _ => RepositoryFailure.Io,
        };
        return new RepositoryException(failure, $"Cannot {what} {path}: {error.Message}", null, error);
    }

    // EDQUOT (quota exceeded) is 122 on Linux and 69 on macOS.
    private static bool IsFull(int code) =>
        OperatingSystem.IsWindows() ? code is WindowsDiskFull or WindowsHandleDiskFull : code == NoSpace || code == (OperatingSystem.IsMacOS() ? 69 : 122);
}
