using Conn.Engine;
using Conn.PubSub;
using Conn.Repository.Sets;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>A backup's report as text.</summary>
internal static class BackupOutput
{
    /// <summary>Writes a report, its notes and its errors.</summary>
    /// <returns>The exit code of the run.</returns>
    public static int Show(Terminal terminal, BackupReport report)
    {
        terminal.Result(
            () => PrintableText.OfJson(report.ToJson()), console => Text(console, report),
            report.PlanOnly, report.PlanOnly || report.Outcome != OperationOutcome.Succeeded);
        Notes(terminal, report.Notes, report.Owners);
        return (int)ExitCodes.Of(report.Outcome, report.Owners);
    }

    public static void Text(IAnsiConsole console, BackupReport report)
    {
        if (report.PlanOnly)
        {
            Plan(console, report);
            return;
        }

        PlainTable table = new("owner", "type", "outcome", "bytes", "stored", "held");
        foreach (OwnerReport owner in report.Owners)
        {
            table.Row(owner.Name, owner.Type.ToString().ToLowerInvariant(), owner.Outcome.ToString().ToLowerInvariant(),
                Sizes.Bytes(owner.Bytes), Sizes.Bytes(owner.StoredBytes), Sizes.Duration(owner.Held));
        }

        table.WriteTo(console);
        foreach (OwnerReport owner in report.Owners.Where(static o => o is { Why.Length: > 0, Outcome: not OwnerOutcome.Failed }))
        {
            console.Line($"{owner.Name}: {owner.Why}");
        }

        console.Line(report.SetId is { } set
            ? $"set {set}: {Word(report.Type)}, {report.Outcome.ToString().ToLowerInvariant()}, {Sizes.Bytes(report.Bytes)}, "
                + $"{Sizes.Bytes(report.StoredBytes)} stored, read back from {(report.ReadBack == ReadBack.Device ? "the device" : "the cache")} and verified"
            : "no set: no owner handed over anything");
    }

    /// <summary>Writes what a plan knows: sizes and times are known only by the run.</summary>
    private static void Plan(IAnsiConsole console, BackupReport report)
    {
        foreach (OwnerReport owner in report.Owners)
        {
            console.Line($"{owner.Name}: {owner.Type.ToString().ToLowerInvariant()}{(owner.Parent is { } parent ? $", continues set {parent}" : "")}"
                + (owner.Why.Length > 0 ? $"; {owner.Why}" : ""));
        }

        string plan = report.Outcome == OperationOutcome.Succeeded ? "the backup could be made" : "the backup could not be made completely";
        console.Line($"{plan}; nothing was touched");
    }

    /// <summary>Writes notes, which --quiet leaves out, and errors, which it does not.</summary>
    public static void Notes(Terminal terminal, IEnumerable<string> notes, IEnumerable<OwnerReport> owners)
    {
        foreach (string note in notes)
        {
            Show(terminal, $"note: {note}", note);
        }

        foreach (OwnerReport owner in terminal.Json ? [] : owners)
        {
            foreach (string note in owner.Notes)
            {
                Show(terminal, $"{owner.Name}: note: {note}", note);
            }

            foreach (string error in owner.Errors)
            {
                terminal.Attention($"{owner.Name}: {error}");
            }
        }
    }

    public static string Word(BackupIncType type) => type == BackupIncType.Increment ? "increment" : "base";

    /// <summary>A note that an owner begins with WARNING is shown with --quiet too.</summary>
    private static void Show(Terminal terminal, string line, string note)
    {
        if (!note.StartsWith("WARNING", StringComparison.Ordinal))
        {
            terminal.Note(line);
        }
        else if (!terminal.Json)
        {
            terminal.Attention(line);
        }
    }
}
