using System.Runtime.InteropServices;

namespace Conn.SystemCalls;

/// <summary>Error numbers of the C library. 0 is success. Numbers that differ between systems are those of the system that runs.</summary>
internal static class Errno
{
    internal const int NotPermitted = 1;
    internal const int NotFound = 2;
    internal const int Interrupted = 4;
    internal const int NoSuchDevice = 6;
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
    internal const int Range = 34;
    internal const int NameTooLong = 36;
    internal const int NotImplemented = 38;
    internal const int NotEmpty = 39;
    internal const int Loop = 40;
    internal const int NoData = 61;
    internal const int NotSupported = 95;

    internal static int Again { get; } = OperatingSystem.IsMacOS() ? 35 : 11;

    internal static int Quota { get; } = OperatingSystem.IsMacOS() ? 69 : 122;

    /// <summary>The number that the last call of the C library on this thread left.</summary>
    internal static int Last => Marshal.GetLastPInvokeError();

    internal static string Text(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>Makes the exception that .NET would throw: its HResult is the number, and <see cref="FileFaults"/> says what it means.</summary>
    internal static IOException Exception(int error, string what) => new($"{what}: {Text(error)}.", error);
}
