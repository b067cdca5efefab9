using Spectre.Console;
using Spectre.Console.Rendering;

namespace Conn.Cli.Output;

/// <summary>A table as every verb writes it: no borders, nothing interpreted as markup, and no word is ever broken.</summary>
/// <remarks>On a terminal of fewer than 80 columns each record is one line that only the terminal wraps. Elsewhere only the last column wraps, between
/// words; a first or last cell that does not fit has a line of its own.</remarks>
internal sealed class PlainTable(params string[] columns)
{
    private const int Gap = 2;
    private const int Indent = 4;
    private const int LeastWidthOfFirst = 8;

    private readonly List<string[]> _rows = [];

    public void Row(params string[] cells) => _rows.Add([.. cells.Select(PrintableText.Of)]);

    public void WriteTo(IAnsiConsole console)
    {
        if (console.Profile.Width < PlainLine.LeastWidth)
        {
            foreach (string[] row in _rows)
            {
                console.Write(new PlainLine([.. row.SelectMany((c, i) => i == 0 ? [Cell(c)] : (Segment[])[Spaces(Gap), Cell(c)])]));
            }

            return;
        }

        int[] widths = [.. columns.Select((c, i) => _rows.Select(r => Width(r[i])).Append(Width(c)).Max())];
        int middle = widths[1..^1].Sum(static w => w + Gap);
        widths[0] = Math.Min(widths[0], Math.Max(LeastWidthOfFirst, console.Profile.Width - middle - Gap - Math.Min(widths[^1], LeastWidthOfFirst)));
        foreach (string[] row in _rows.Prepend(columns))
        {
            Write(console, row, widths, console.Profile.Width - widths[0] - middle - Gap);
        }
    }

    private static void Write(IAnsiConsole console, string[] row, int[] widths, int room)
    {
        bool isLong = Width(row[0]) > widths[0];
        if (isLong)
        {
            console.Write(new PlainLine([Cell(row[0])]));
        }

        List<Segment> line = [isLong ? Spaces(widths[0]) : Cell(row[0]), Spaces(Gap + (isLong ? 0 : widths[0] - Width(row[0])))];
        for (int i = 1; i < row.Length - 1; i++)
        {
            line.AddRange([Cell(row[i]), Spaces(Gap + widths[i] - Width(row[i]))]);
        }

        string[] words = row[^1].Split(' ');
        if (words.Any(w => Width(w) > room))
        {
            console.Write(new PlainLine(line));
            line = [Spaces(Indent)];
            room = console.Profile.Width - Indent;
        }

        int indent = line.Sum(static s => s.CellCount());
        string part = words[0];
        foreach (string word in words[1..])
        {
            if (Width(part) + 1 + Width(word) <= room)
            {
                part += " " + word;
                continue;
            }

            console.Write(new PlainLine([.. line, Cell(part)]));
            (line, part) = ([Spaces(indent)], word);
        }

        console.Write(new PlainLine([.. line, Cell(part)]));
    }

    private static int Width(string text) => new Segment(text).CellCount();

    private static Segment Spaces(int count) => new(new string(' ', count));

    /// <summary>Outcomes have a colour on a terminal that has any.</summary>
    private static Segment Cell(string text) => text switch
    {
        "succeeded" => new Segment(text, Color.Green),
        "partial" or "incomplete" or "skipped" => new Segment(text, Color.Yellow),
        "failed" => new Segment(text, Color.Red),
        _ => new Segment(text),
    };
}
