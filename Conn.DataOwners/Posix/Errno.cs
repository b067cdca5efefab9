using System.Runtime.InteropServices;
using Conn.PubSub;

namespace Conn.DataOwners.Posix;

/// <summary>Error numbers of Linux, and what they mean as a failure. 0 is success.</summary>
internal static class Errno
{
    internal const int NotPermitted = 1;
    internal const int NotFound = 2;
    internal const int Interrupted = 4;
    internal const int NoSuchDevice = 6;
    internal const int Again = 11;
    internal const int NoMemory = 12;
    internal const int Access = 13;
    internal const int Busy = 16;
    internal const int Exists = 17;
    internal const int CrossDevice = 18;
    internal const int NotFolder = 20;
    internal const int IsFolder = 21;
    internal const int Invalid = 22;
    internal const int TooLarge = 27;
    internal const int NoSpace = 28;
    internal const int ReadOnly = 30;
    internal const int NameTooLong = 36;
    internal const int NotImplemented = 38;
    internal const int NotEmpty = 39;
    internal const int Loop = 40;
    internal const int NotSupported = 95;
    internal const int Quota = 122;

    internal static string Text(int error) => Marshal.GetPInvokeErrorMessage(error);

    internal static ErrorCode Code(int error) => error switch
    {
        NotFound => ErrorCode.PathNotFound,
        NotPermitted or Access or ReadOnly => ErrorCode.AccessDenied,
        NoMemory => ErrorCode.NoMemory,
        NoSpace or Quota => ErrorCode.DiskFull,
        Busy or Again => ErrorCode.InUse,
        _ => ErrorCode.General,
    };

    /// <summary>A failure with the error's own code: "what: why".</summary>
    internal static ConnException Failure(int error, string what) => new(Code(error), $"{what}: {Text(error)}.");

    internal static void Check(int error, string what)
    {
        if (error != 0)
        {
            throw Failure(error, what);
        }
    }
}
