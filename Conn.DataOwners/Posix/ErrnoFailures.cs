
namespace Conn.DataOwners.Posix;

/// <summary>What an error number means as a failure of a data owner.</summary>
internal static class ErrnoFailures
{
    extension(Errno)
    {
        internal static ErrorCode Code(int error) => FileFaults.Of(error).ToCode();

        /// <summary>A failure with the error's own code: "what: why".</summary>
        internal static ConnException Failure(int error, string what) => new(Errno.Code(error), $"{what}: {Errno.Text(error)}.");

        internal static void Check(int error, string what)
        {
            if (error != 0)
            {
                throw Errno.Failure(error, what);
            }
        }
    }

    internal static ErrorCode ToCode(this FileFault fault) => fault switch
    {
        FileFault.NotFound => ErrorCode.PathNotFound,
        FileFault.NotPermitted => ErrorCode.AccessDenied,
        FileFault.NoMemory => ErrorCode.NoMemory,
        FileFault.Full => ErrorCode.DiskFull,
        FileFault.InUse => ErrorCode.InUse,
        _ => ErrorCode.General,
    };
}
