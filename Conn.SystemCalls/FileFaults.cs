namespace Conn.SystemCalls;

/// <summary>The one mapping of error numbers and of exceptions of .NET to what they mean. Each project maps that to its own codes.</summary>
internal static class FileFaults
{
    private const int WindowsFacility = unchecked((int)0x80070000);

    internal static FileFault Of(int error) => error switch
    {
        Errno.NotFound => FileFault.NotFound,
        Errno.NotPermitted or Errno.Access or Errno.ReadOnly => FileFault.NotPermitted,
        Errno.NoMemory => FileFault.NoMemory,
        Errno.NoSpace or Errno.TooLarge => FileFault.Full,
        Errno.Busy => FileFault.InUse,
        _ when error == Errno.Quota => FileFault.Full,
        _ when error == Errno.Again => FileFault.InUse,
        _ => FileFault.Other,
    };

    internal static FileFault Of(Exception error) => error switch
    {
        UnauthorizedAccessException => FileFault.NotPermitted,
        FileNotFoundException or DirectoryNotFoundException => FileFault.NotFound,

        // What the runtime makes of a write beyond the greatest size of a file.
        ArgumentOutOfRangeException => FileFault.Full,
        IOException => OperatingSystem.IsWindows() ? OfWindows(error.HResult & ~WindowsFacility) : Of(error.HResult),
        _ => FileFault.Other,
    };

    // Disk full has two numbers, and so has a file that is open elsewhere: a sharing violation and a lock violation.
    private static FileFault OfWindows(int error) => error switch
    {
        112 or 39 => FileFault.Full,
        32 or 33 => FileFault.InUse,
        19 => FileFault.NotPermitted,
        _ => FileFault.Other,
    };
}
