using Conn.SystemCalls;

namespace Conn.Cli.Output;

/// <summary>The size of the terminal that standard output or standard error is.</summary>
internal static unsafe class TerminalSize
{
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ of Linux

    /// <summary>Asks the system: the console of the runtime would change the terminal's settings for the answer. Zeros mean that it is not known.</summary>
    public static (int Rows, int Columns) Of()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (Console.WindowHeight, Console.WindowWidth);
        }

        ushort* size = stackalloc ushort[4];
        return LibC.Control(1, GetWindowSize, size) == 0 || LibC.Control(2, GetWindowSize, size) == 0 ? (size[0], size[1]) : (0, 0);
    }
}
