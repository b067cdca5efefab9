using Conn.Cli.Verbs;
using Conn.Engine;
using Conn.Repository.Sets;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>A restore's report as text.</summary>
internal static class RestoreOutput
{
    /// <summary>Writes a report, what the set holds nothing of, its notes and its errors.</summary>
    /// <returns>The exit code of the run.</returns>
    public static int Show(Terminal terminal, RestoreReport report)
    {
        ExitCode code = ExitCodes.Of(report.Outcome, report.Owners);
        terminal.Result(
            () => Json(report), console => Text(console, report), matters: report.PlanOnly, isAttention: report.PlanOnly || code != ExitCode.Done);
        foreach (MissingOwner owner in report.Missing)
        {
            // --quiet leaves out what the set was not meant to hold.
            if (owner.Counts && !terminal.Json)
            {
                terminal.Attention(Sentence(owner, report.SetId));
            }
            else
            {
                terminal.Note($"note: {Sentence(owner, report.SetId)}");
            }
        }

        BackupOutput.Notes(terminal, report.Notes, report.Owners);
        return (int)code;
    }

    /// <summary>Gets the report's document. Its notes name the owners that the set holds nothing of.</summary>
    private static string Json(RestoreReport report) =>
        PrintableText.OfJson((report with { Notes = [.. report.Notes, .. report.Missing.Select(m => Sentence(m, report.SetId))] }).ToJson());

    private static string Sentence(MissingOwner owner, SetId set) => $"Owner {owner.Name} "
        + $"{RestoreWords.Of(owner.Reason)} in set {set}"
        + ": there is nothing of it to restore; "
        + (owner.NewestSet is null ? "no set in the repository holds it." : $"the newest set that holds it is {owner.NewestSet}: use --set {owner.NewestSet}.");

    private static void Text(IAnsiConsole console, RestoreReport report)
    {
        PlainTable table = new("owner", "outcome", "bytes");
        foreach (OwnerReport owner in report.PlanOnly ? [] : report.Owners)
        {
            table.Row(owner.Name, owner.Outcome.ToString().ToLowerInvariant(), Sizes.Bytes(owner.Bytes));
        }

        if (!report.PlanOnly)
        {
            table.WriteTo(console);
        }

        foreach (OwnerReport owner in report.Owners)
        {
            console.Line($"{owner.Name}: from {(owner.Source.Length > 0 ? owner.Source : "an unknown place")} to {(owner.Target.Length > 0 ? owner.Target : "its own program")}. {owner.Why}".TrimEnd());
        }

        console.Line(report.PlanOnly ? $"set {report.SetId} could be restored; nothing was touched"
            : report.Committed ? $"set {report.SetId} restored: {report.Outcome.ToString().ToLowerInvariant()}"
            : report.CommitUnknown ? $"set {report.SetId}: not known whether the restore was committed; "
                + "the next backup or restore in place finds out, and finishes it if it was"
            : $"set {report.SetId} not restored: nothing was changed");
    }
}
