using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Conn.Cli.Tests.Running;

/// <summary>The master of a new pseudo-terminal of a given size. Disposing it hangs the terminal up.</summary>
internal sealed unsafe partial class Pty : IDisposable
{
    private const int OpenForBoth = 2 | 0x100 | 0x80000; // O_RDWR, O_NOCTTY, O_CLOEXEC
    private const nuint SetWindowSize = 0x5414; // TIOCSWINSZ of Linux
    private const int NameLength = 128;
    private readonly SafeFileHandle _master;

    public Pty(ushort rows, ushort columns)
    {
        int master = Check(PosixOpenPt(OpenForBoth), "posix_openpt");
        _master = new SafeFileHandle(master, ownsHandle: true);
        Check(GrantPt(master), "grantpt");
        Check(UnlockPt(master), "unlockpt");
        byte* name = stackalloc byte[NameLength];
        Check(PtsName(master, name, NameLength), "ptsname_r");
        Terminal = Marshal.PtrToStringUTF8((nint)name)!;
        ushort* size = stackalloc ushort[4] { rows, columns, 0, 0 };
        Check(Control(master, SetWindowSize, size), "TIOCSWINSZ");
    }

    /// <summary>The path of the terminal.</summary>
    public string Terminal { get; }

    /// <summary>Reads what was written to the terminal; nothing when all programs on it have ended.</summary>
    public int Read(Span<byte> buffer)
    {
        try
        {
            fixed (byte* to = buffer)
            {
                // It fails (EIO) when the last program on the terminal has closed it.
                return (int)Math.Max(0, ReadMaster(_master, to, buffer.Length));
            }
        }
        catch (ObjectDisposedException)
        {
            // This end was closed.
            return 0;
        }
    }

    /// <summary>Sends what a keyboard would.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* from = bytes)
        {
            Check((int)WriteMaster(_master, from, bytes.Length), "write");
        }
    }

    public void Dispose() => _master.Dispose();

    private static int Check(int result, string what) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), what);

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int PosixOpenPt(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int GrantPt(int master);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int UnlockPt(int master);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int PtsName(int master, byte* name, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteMaster(SafeFileHandle master, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadMaster(SafeFileHandle master, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int master, nuint request, void* argument);
}
