using Spectre.Console.Rendering;

namespace Conn.Cli.Output;

/// <summary>One line of text that is written as it is: the terminal alone wraps it, so that what is copied from it is whole.</summary>
internal sealed class PlainLine(IEnumerable<Segment> segments) : Renderable
{
    /// <summary>The fewest columns for which lines are wrapped between words and tables have columns.</summary>
    public const int LeastWidth = 80;

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        List<Segment> line = [.. segments];

        // What ends a line would only make the terminal wrap.
        while (line.Count > 0 && string.IsNullOrWhiteSpace(line[^1].Text))
        {
            line.RemoveAt(line.Count - 1);
        }

        return [.. line, Segment.LineBreak];
    }
}
