using Spectre.Console;
using Spectre.Console.Rendering;

namespace Conn.Cli.Output;

/// <summary>Lines as every verb writes them: nothing in them is interpreted as markup.</summary>
internal static class ConsoleLines
{
    /// <summary>Writes a line; a terminal that is wide enough gets it wrapped between words.</summary>
    public static void Line(this IAnsiConsole console, string text)
    {
        string printable = PrintableText.Of(text);
        console.Write(console.Profile.Width < PlainLine.LeastWidth ? new PlainLine([new Segment(printable)]) : new Text(printable + "\n"));
    }
}
