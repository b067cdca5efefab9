using System.Text.RegularExpressions;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>A terminal as a page prints it: commands behind "$ ", each with the lines that follow it. A line "..." stands for any number of lines.</summary>
internal sealed partial class Transcript
{
    private const string Prompt = "$ ";
    private const string Omitted = "...";

    private Transcript(string command, string[] lines) => (Command, Lines) = (command, lines);

    public string Command { get; }

    public string[] Lines { get; }

    /// <summary>Gets the commands of a block.</summary>
    public static Transcript[] Of(string block) =>
        [.. block.Split(Prompt, StringSplitOptions.RemoveEmptyEntries).Select(static part => part.TrimEnd('\n').Split('\n'))
            .Select(static lines => new Transcript(lines[0], lines[1..]))];

    /// <summary>Fails unless an output has the words and the columns of the page. Times, sizes and names of processes may differ.</summary>
    /// <param name="output">What the command wrote.</param>
    /// <param name="sets">The sets that the page has named so far, each with the set of the run: one name is one set.</param>
    public void AssertLike(string output, Dictionary<string, string> sets)
    {
        string[] written = output.TrimEnd('\n').Split('\n');
        int at = 0;
        bool anything = false;
        foreach (string line in Lines)
        {
            if (line == Omitted)
            {
                anything = true;
                continue;
            }

            int found = anything ? Array.FindIndex(written, at, w => Shape(w) == Shape(line)) : at;
            bool isThere = found >= 0 && found < written.Length && Shape(written[found]) == Shape(line);
            Assert.True(isThere, $"'$ {Command}': the page has '{line}', the run wrote:\n{output}");
            foreach ((string printed, string real) in SetsOf(line).Zip(SetsOf(written[found])))
            {
                string? before = sets.SingleOrDefault(s => s.Value == real).Key;
                Assert.True((before ?? printed) == printed && sets.GetValueOrDefault(printed, real) == real,
                    $"'$ {Command}': the page names {printed}, and the run's set {real} was {before} before.");
                sets[printed] = real;
            }

            at = found + 1;
            anything = false;
        }

        Assert.True(anything || at == written.Length, $"'$ {Command}': the run wrote more than the page has:\n{output}");
    }

    private static IEnumerable<string> SetsOf(string line) => SetName().Matches(line).Select(static m => m.Value);

    private static string Shape(string line)
    {
        foreach ((Regex part, string name) in new[]
        {
            (SetName(), "SET"), (Moment(), "MOMENT"), (Process(), "PROCESS"), (Size(), "SIZE"), (Ago(), "AGO"), (Took(), "  TOOK  "),
            (Device(), "from the DEVICE"), (Gap(), "  "),
        })
        {
            line = part.Replace(line, name);
        }

        return line.TrimEnd();
    }

    [GeneratedRegex("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")]
    private static partial Regex SetName();

    [GeneratedRegex(@"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}\.[0-9]{3}Z| [0-9]{2}:[0-9]{2} [+-][0-9]{2}:[0-9]{2})")]
    private static partial Regex Moment();

    [GeneratedRegex("process [0-9]+ of user [0-9]+")]
    private static partial Regex Process();

    [GeneratedRegex(@"\b[0-9]+(\.[0-9]+)? (B|kB|MB)\b")]
    private static partial Regex Size();

    [GeneratedRegex(@"\b[0-9]+ seconds? ago\b")]
    private static partial Regex Ago();

    [GeneratedRegex(@"  [0-9]+(\.[0-9]+)? (ms|s)  ")]
    private static partial Regex Took();

    [GeneratedRegex("from the (cache|device)")]
    private static partial Regex Device();

    [GeneratedRegex("  +")]
    private static partial Regex Gap();
}
