using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Conn.Cli.Output;

/// <summary>One live line: a name, its phase, bytes of those expected, the rate, and the time left. It takes one row whatever the width.</summary>
internal sealed class ProgressLine
{
    private const int FixedWidth = 66;
    private const int ShortestName = 8;
    private const int LongestWait = 99 * 3600;

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly string _name;
    private volatile State _state;

    public ProgressLine(string name)
    {
        _name = name;
        _state = new State("", -1, 0, 0);
    }

    /// <summary>Called by the operation; the drawing thread reads what is set here.</summary>
    public void Set(string phase, long bytes, long expected)
    {
        long began = _state.Phase == phase ? _state.Began : _time.GetTimestamp();
        _state = new State(phase, bytes, expected, began);
    }

    private string Text(int width)
    {
        State now = _state;
        int nameWidth = Math.Max(ShortestName, width - FixedWidth);
        string name = _name.Length <= nameWidth ? _name : _name[..(nameWidth - 2)] + "..";
        string amount = now.Bytes < 0 ? "" : now.Expected > 0 ? $"{Sizes.Bytes(now.Bytes),8} of {Sizes.Bytes(now.Expected),8}" : $"{Sizes.Bytes(now.Bytes),8}";
        string line = $"{name.PadRight(nameWidth)} {now.Phase,-12} {amount,-20} {Pace(now)}".TrimEnd();
        return line.Length < width ? line : line[..Math.Max(0, width - 1)];
    }

    private string Pace(State now)
    {
        double seconds = _time.GetElapsedTime(now.Began).TotalSeconds;
        long left = now.Expected - now.Bytes;
        if (now.Bytes <= 0 || seconds <= 0 || left <= 0)
        {
            return "";
        }

        double rate = now.Bytes / seconds;
        string clock = Sizes.Clock(TimeSpan.FromSeconds(Math.Min(left / rate, LongestWait)));
        return string.Create(CultureInfo.InvariantCulture, $"{100.0 * now.Bytes / now.Expected,3:0} % {Sizes.Bytes((long)rate) + "/s",10} {clock,8} left");
    }

    private sealed record State(string Phase, long Bytes, long Expected, long Began);

    /// <summary>Gives each task of the library's live view its line.</summary>
    public sealed class Column(Func<string, ProgressLine> lineOf) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(lineOf(task.Description).Text(options.ConsoleSize.Width));
    }
}
