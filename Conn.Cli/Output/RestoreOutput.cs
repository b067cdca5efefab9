using Conn.Cli.Verbs;
using Conn.Engine.Reports;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>A restore's report as JSON and as text.</summary>
internal static class RestoreOutput
{
    public static object Json(RestoreReport report, bool planOnly, IReadOnlyList<RestorePreview> previews) => new
    {
        schemaVersion = 1,
        set = report.Set.Id.Text,
        outcome = report.Outcome,
        dryRun = planOnly,
        committed = report.CommitUnknown ? null : (bool?)report.Committed,
        bytes = report.Owners.Sum(o => o.Bytes),
        owners = report.Owners.Select(BackupOutput.Owner),
        notes = report.Notes,
        plan = previews,
    };

    public static void Text(IAnsiConsole console, RestoreReport report, bool planOnly, IReadOnlyList<RestorePreview> previews)
    {
        Table table = PlainTable.Of("owner", "outcome", "bytes");
        foreach (OwnerReport owner in report.Owners)
        {
            table.Row(owner.Name, planOnly ? "planned" : owner.Outcome.ToString().ToLowerInvariant(), Sizes.Bytes(owner.Bytes));
        }

        console.Write(table);
        foreach (OwnerReport owner in report.Owners.Where(static o => o.Why.Length > 0))
        {
            console.Line($"{owner.Name}: {owner.Why}");
        }

        foreach (RestorePreview preview in previews)
        {
            console.Line($"{preview.Name}: from {preview.Source ?? "an unknown source"} to {preview.Target}, replacing {preview.Replaces}");
        }

        console.Line(planOnly ? $"set {report.Set.Id} could be restored; nothing was touched"
            : report.Committed ? $"set {report.Set.Id} restored: {report.Outcome.ToString().ToLowerInvariant()}"
            : report.CommitUnknown ? $"set {report.Set.Id}: not known whether the restore was committed; the next backup or restore in place finds out, and finishes it if it was"
            : $"set {report.Set.Id} not restored: nothing was changed");
    }
}
