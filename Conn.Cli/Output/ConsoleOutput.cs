using System.Text;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>A stream of the process as the console library needs it: a terminal has the width of its window, a file has no width at all.</summary>
internal sealed class ConsoleOutput(GuardedWriter writer) : IAnsiConsoleOutput
{
    private const int NoWidth = 10_000;
    private const int UsualWidth = 80;
    private const int UsualHeight = 24;

    public TextWriter Writer => writer;

    public bool IsTerminal => writer.IsTerminal;

    public int Width => !IsTerminal ? NoWidth : TerminalSize.Of() is { Columns: > 0 and int width } ? width : UsualWidth;

    public int Height => IsTerminal && TerminalSize.Of() is { Rows: > 0 and int height } ? height : UsualHeight;

    /// <summary>Makes a console without control characters, unless the stream is a terminal that knows them.</summary>
    public static IAnsiConsole Make(GuardedWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = writer.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = writer.IsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Interactive = writer.IsTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        Out = new ConsoleOutput(writer),
    });

    public void SetEncoding(Encoding encoding)
    {
        // The stream keeps the encoding that the caller's locale asks for.
    }
}
