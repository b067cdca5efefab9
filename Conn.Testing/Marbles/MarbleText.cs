using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Conn.Testing.Marbles;

/// <summary>Timelines to and from text.</summary>
internal static partial class MarbleText
{
    private const int LongestDashes = 9;

    public static IReadOnlyList<ModeMarble> Read(string text, TimeSpan frame)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<ModeMarble> marbles = [];
        long at = 0;
        bool together = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (!together && Silence().Match(text, i) is { Success: true } silence)
            {
                double amount = double.Parse(silence.Groups[1].Value, CultureInfo.InvariantCulture);
                at += (long)((silence.Groups[2].Value switch { "ms" => TimeSpan.FromMilliseconds(amount), "m" => TimeSpan.FromMinutes(amount), _ => TimeSpan.FromSeconds(amount) }) / frame);
                i += silence.Length - 1;
            }
            else if (c == '-' && !together)
            {
                at++;
            }
            else if (c is '(' or ')' && together == (c == ')'))
            {
                together = c == '(';
                at += c == ')' ? 1 : 0;
            }
            else if (c is 'u' or 'n' or 'b' or 'i' or 'p' or 'q' or 'r' or 's')
            {
                marbles.Add(new ModeMarble(at, c));
                at += together ? 0 : 1;
            }
            else if (c != ' ' || together)
            {
                throw new FormatException($"'{c}' at {i} of \"{text}\" means nothing here; modes are u n b i p q r s, silence is - or as \" 60s \", and (…) is one frame.");
            }
        }

        return !together ? marbles : throw new FormatException($"\"{text}\" opens a frame with ( and does not close it.");
    }

    public static string Write(IReadOnlyList<ModeMarble> marbles, TimeSpan frame) => string.Concat(Columns(marbles, frame).Select(c => c.Text));

    public static string Difference(IReadOnlyList<ModeMarble> wanted, IReadOnlyList<ModeMarble> seen, TimeSpan frame)
    {
        List<(long Frame, string Text)> left = Columns(wanted, frame);
        List<(long Frame, string Text)> right = Columns(seen, frame);
        int same = left.Zip(right).TakeWhile(p => p.First == p.Second).Count();
        int column = left.Take(same).Sum(c => c.Text.Length);
        StringBuilder text = new("The modes did not come as they were expected.\n");
        text.Append("  expected: ").Append(Write(wanted, frame)).Append('\n');
        text.Append("  seen:     ").Append(Write(seen, frame)).Append('\n');
        text.Append("            ").Append(' ', column).Append("^\n");
        foreach (long at in wanted.Concat(seen).Select(m => m.Frame).Distinct().Order())
        {
            string want = All(wanted, at);
            string got = All(seen, at);
            if (want != got)
            {
                text.Append(CultureInfo.InvariantCulture, $"  after {(at * frame).TotalSeconds:0.###} s: expected {Named(want)}, seen {Named(got)}\n");
            }
        }

        return text.ToString();
    }

    private static string All(IEnumerable<ModeMarble> marbles, long frame) => string.Concat(marbles.Where(m => m.Frame == frame).Select(m => m.Mode));

    private static string Named(string modes) => modes.Length == 0 ? "nothing" : string.Join(", then ", modes.Select(m => m switch
    {
        'u' => "Unset",
        'n' => "Normal",
        'b' => "backup (base)",
        'i' => "backup (increment)",
        'p' => "partial backup (base)",
        'q' => "partial backup (increment)",
        'r' => "restore",
        _ => "partial restore",
    }));

    private static List<(long Frame, string Text)> Columns(IReadOnlyList<ModeMarble> marbles, TimeSpan frame)
    {
        List<(long Frame, string Text)> columns = [];
        long next = 0;
        foreach (IGrouping<long, ModeMarble> at in marbles.GroupBy(m => m.Frame))
        {
            long silent = at.Key - next;
            columns.Add((next, silent > LongestDashes ? Long(silent * frame) : new string('-', (int)Math.Max(0, silent))));
            string modes = string.Concat(at.Select(m => m.Mode));
            columns.Add((at.Key, modes.Length == 1 ? modes : $"({modes})"));
            next = at.Key + 1;
        }

        return columns;
    }

    private static string Long(TimeSpan silence) => silence.Ticks % TimeSpan.TicksPerSecond == 0
        ? string.Create(CultureInfo.InvariantCulture, $" {silence.TotalSeconds:0}s ") : string.Create(CultureInfo.InvariantCulture, $" {silence.TotalMilliseconds:0.####}ms ");

    [GeneratedRegex(@"\G ?(\d+(?:\.\d+)?)(ms|s|m) ?")]
    private static partial Regex Silence();
}
