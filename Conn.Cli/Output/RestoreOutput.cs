using System.Text.Json;
using System.Text.Json.Nodes;
using Conn.Cli.Verbs;
using Conn.Engine;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>A restore's report as text.</summary>
internal static class RestoreOutput
{
    /// <summary>Gets the report's document with the owners that the set holds nothing of.</summary>
    public static JsonNode Json(RestoreReport report, MissingOwner[] missing)
    {
        JsonNode document = JsonSerializer.SerializeToNode(report with { Notes = [.. report.Notes, .. missing.Select(static m => m.Sentence)] })!;
        document["missing"] = JsonSerializer.SerializeToNode(missing.Select(static m => m.Json));
        return document;
    }

    /// <summary>Writes what the set holds nothing of; --quiet leaves it out only if the set was not meant to hold it.</summary>
    public static void Notes(Terminal terminal, MissingOwner[] missing)
    {
        foreach (MissingOwner owner in missing)
        {
            if (owner.Counts && !terminal.Json)
            {
                terminal.Attention(owner.Sentence);
            }
            else
            {
                terminal.Note($"note: {owner.Sentence}");
            }
        }
    }

    public static void Text(IAnsiConsole console, RestoreReport report)
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
