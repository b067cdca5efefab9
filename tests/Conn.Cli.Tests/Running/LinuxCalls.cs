using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Conn.Cli.Tests.Running;

/// <summary>The few calls of the C library that tests make themselves; names end with NUL and may hold any byte.</summary>
internal static unsafe partial class LinuxCalls
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    private const int SeekData = 3;
    private const int NoMoreData = 6;

    public static void Send(int process, int signal) => Check(SendSignal(process, signal), "kill");

    /// <summary>Waits until a child of this process stops or ends; the runtime, which reaps it, learns nothing of the wait.</summary>
    /// <returns>Whether it has stopped.</returns>
    public static bool WaitStopped(int child)
    {
        const int OfProcess = 1;
        const int StoppedOrEnded = 2 | 4;
        const int LeavesIt = 0x0100_0000;
        const int Interrupted = 4;
        const int CodeOffset = 2;
        const int HasStopped = 5;
        int* info = stackalloc int[32];
        int result;
        do
        {
            result = WaitId(OfProcess, child, info, StoppedOrEnded | LeavesIt);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return result == 0 && info[CodeOffset] == HasStopped;
    }

    public static int OpenRead(byte[] path)
    {
        fixed (byte* p = path)
        {
            return Check(Open(p, 0x80000 /* O_CLOEXEC */, 0), System.Text.Encoding.Latin1.GetString(path));
        }
    }

    /// <summary>Bytes read; fewer than asked only at the end of the file.</summary>
    public static int ReadAt(int file, Span<byte> buffer, long offset)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            fixed (byte* p = buffer[done..])
            {
                int got = (int)PRead(file, p, buffer.Length - done, offset + done);
                Check(got, "pread");
                if (got == 0)
                {
                    break;
                }

                done += got;
            }
        }

        return done;
    }

    /// <summary>Where the next data is, or -1 when only a hole is left.</summary>
    public static long NextData(int file, long offset)
    {
        long found = Seek(file, offset, SeekData);
        return found >= 0 ? found : Marshal.GetLastPInvokeError() == NoMoreData ? -1 : throw new Win32Exception(Marshal.GetLastPInvokeError(), "lseek");
    }

    public static void Close(int file) => Check(CloseFile(file), "close");

    /// <summary>A second descriptor of the same open file, as a child has it between fork and exec.</summary>
    public static int Duplicate(int file) => Check(Dup(file), "dup");

    public static void HardLink(string to, string name) => Check(Link(to, name), name);

    public static void Fifo(string name) => Check(MakeFifo(name, 0x180), name);

    private static int Check(int result, string what) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), what);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int kind, int process, int* info, int options);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int Open(byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PRead(int file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(int file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseFile(int file);

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Dup(int file);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string to, string name);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string name, uint mode);
}
