using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Conn.Cli.Output;

/// <summary>Standard output and standard error as the caller gave them.</summary>
/// <remarks>If the caller closed one of them, its descriptor is free, and the runtime or a file of the repository takes it. Writing to it would then write into
/// that file. Descriptors that survive the start of a program never have the close-on-exec flag, and those that the runtime opens always have it.</remarks>
internal static class StandardStreams
{
    private const int BufferCharacters = 1024;
    private const int Utf8 = 65001;
    private const int CloseOnExec = 0x80000; // O_CLOEXEC of Linux

    /// <summary>Gets standard output; a writer that has already failed if the caller closed it.</summary>
    public static GuardedWriter Output() => IsGiven(1)
        ? new GuardedWriter(Writer(1, Console.IsOutputRedirected, Console.OpenStandardOutput), !Console.IsOutputRedirected)
        : Closed("Standard output");

    /// <summary>Gets standard error; a writer that has already failed if the caller closed it.</summary>
    public static GuardedWriter Errors() => IsGiven(2)
        ? new GuardedWriter(Writer(2, Console.IsErrorRedirected, Console.OpenStandardError), !Console.IsErrorRedirected)
        : Closed("Standard error");

    /// <summary>Opens standard output, which the caller did not close, for bytes.</summary>
    public static Stream Bytes() => Console.OpenStandardOutput();

    // The console's own stream would switch a terminal's keypad to application mode (ESC [ ? 1 h, ESC =), and nothing would switch it back.
    private static TextWriter Writer(int descriptor, bool isRedirected, Func<Stream> open)
    {
        Stream stream = isRedirected || OperatingSystem.IsWindows() ? open()
            : new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        Encoding encoding = Console.OutputEncoding is { CodePage: Utf8 } or { Preamble.Length: > 0 } ? new UTF8Encoding(false) : Console.OutputEncoding;
        return TextWriter.Synchronized(new StreamWriter(stream, encoding, BufferCharacters) { AutoFlush = true });
    }

    private static GuardedWriter Closed(string what) => new(TextWriter.Null, false) { Failure = new IOException($"{what} is closed.") };

    private static bool IsGiven(int descriptor)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        try
        {
            string? flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
                .FirstOrDefault(static line => line.StartsWith("flags:", StringComparison.Ordinal));
            return flags is null || (Convert.ToInt32(flags[6..].Trim(), 8) & CloseOnExec) == 0;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            // Without /proc nothing is known; most callers close nothing.
            return true;
        }
    }
}
