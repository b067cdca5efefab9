using System.Globalization;
using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>The plan or the report of a prune.</summary>
internal static class PruneOutput
{
    private const string Keep = "keep";
    private const string Hide = "hide";
    private const string Hidden = "hidden";
    private const string Delete = "delete";

    public static void Show(Terminal terminal, RetentionPlan plan, bool dryRun, IReadOnlyList<string> notes)
    {
        terminal.Result(Json(plan, dryRun, notes), Documents.Default.PruneDocument, console => Text(console, plan, dryRun), dryRun, dryRun);
        foreach (string note in notes)
        {
            if (note.StartsWith("WARNING", StringComparison.Ordinal))
            {
                terminal.Attention($"note: {note}");
            }
            else
            {
                terminal.Note($"note: {note}");
            }
        }
    }

    private static PruneDocument Json(RetentionPlan plan, bool dryRun, IReadOnlyList<string> notes) => new(
        DryRun: dryRun,
        TimeZone: plan.Request.TimeZone.Id,
        Grace: plan.Request.Grace.ToString(),
        Sets: Rows(plan).Select(static row => new PruneItem(
            Id: row.Set.Id.Text,
            Sequence: row.Set.Sequence,
            Time: row.Set.Time,
            Action: row.Action,
            StoredBytes: row.Set.StoredBytes,
            Hidden: row.Since,
            Reasons: row.Reasons.Select(static reason => new ReasonItem(
                reason.Owner, reason.Rule, reason.Number, reason.IsOldest, reason.NeededBy?.Text, reason.Text)))),
        BytesToHide: plan.BytesToHide,
        BytesToDelete: plan.BytesToDelete,
        NewBaseFrees: plan.NewBaseFrees,
        Notes: notes);

    private static void Text(IAnsiConsole console, RetentionPlan plan, bool dryRun)
    {
        PlainTable table = new("seq", "set", "action", "frees", "why");
        foreach ((BackupSet set, string action, DateTimeOffset? since, IReadOnlyList<RetentionReason> reasons) in Rows(plan))
        {
            table.Row(set.Sequence.ToString(CultureInfo.InvariantCulture), set.Id.Text, action, action is Keep or Hidden ? "-" : Sizes.Bytes(set.StoredBytes),
                since is { } time ? $"hidden since {TimeZoneInfo.ConvertTime(time, plan.Request.TimeZone):yyyy-MM-dd HH:mm}" : Why(set, reasons));
        }

        table.WriteTo(console);
        (int hide, int delete) = (plan.Sets.Count(static s => !s.IsKept), plan.Hidden.Count(static s => s.IsDue));
        console.Line($"{Sizes.Count(plan.Sets.Count - hide, "set")} kept, {hide} {(dryRun ? "to hide" : "hidden")} ({Sizes.Bytes(plan.BytesToHide)}), "
            + $"{delete} {(dryRun ? "to delete" : "deleted")} ({Sizes.Bytes(plan.BytesToDelete)}){(dryRun ? "; nothing was touched" : "")}");
        console.Line($"a prune deletes what was hidden {plan.Request.Grace} ago or earlier"
            + (hide + plan.Hidden.Count - (dryRun ? 0 : delete) > 0 ? "; conn prune --undo brings hidden sets back" : ""));
        console.Line($"a new base of every owner would free {Sizes.Bytes(plan.NewBaseFrees)} more; periods are counted in the time zone {plan.Request.TimeZone.Id}");
    }

    private static IEnumerable<(BackupSet Set, string Action, DateTimeOffset? Since, IReadOnlyList<RetentionReason> Reasons)> Rows(RetentionPlan plan) =>
        plan.Sets.Select(static s => (s.Set, s.IsKept ? Keep : Hide, (DateTimeOffset?)null, s.Reasons))
            .Concat(plan.Hidden.Select(static s => (s.Set, s.IsDue ? Delete : Hidden, (DateTimeOffset?)s.Since, (IReadOnlyList<RetentionReason>)[])))
            .OrderBy(static row => row.Set.Sequence);

    /// <summary>Reasons that are the same for all owners are said once.</summary>
    private static string Why(BackupSet set, IReadOnlyList<RetentionReason> reasons)
    {
        string[] whole = [.. reasons.Where(static r => r.Owner is null).Select(static r => r.Text)];
        (string Owner, string Text)[] owners = [.. reasons.Where(static r => r.Owner is not null).GroupBy(static r => r.Owner!)
            .Select(static g => (g.Key, string.Join(", ", g.Select(Short))))];
        bool areSame = owners.Length == set.Parts.Count && owners.DistinctBy(static o => o.Text).Count() == 1;
        IEnumerable<string> parts = areSame ? [owners[0].Text] : owners.Select(static o => $"{o.Owner}: {o.Text}");
        return string.Join("; ", whole.Concat(parts)) is { Length: > 0 } why ? why : "kept by no rule";
    }

    // The owner is named in front.
    private static string Short(RetentionReason reason) => reason.Rule switch
    {
        RetentionRule.LastGood => "last good",
        RetentionRule.NotSuperseded => "newer than the last good",
        RetentionRule.OtherOwner => "other owner",
        RetentionRule.Restore => "restore",
        _ => reason.Text,
    };
}

internal sealed record PruneDocument(
    bool DryRun, string TimeZone, string Grace, IEnumerable<PruneItem> Sets, long BytesToHide, long BytesToDelete, long NewBaseFrees,
    IReadOnlyList<string> Notes) : Document;

internal sealed record PruneItem(
    string Id, long Sequence, DateTimeOffset Time, string Action, long StoredBytes, DateTimeOffset? Hidden, IEnumerable<ReasonItem> Reasons);

internal sealed record ReasonItem(string? Owner, RetentionRule Rule, int Number, bool Oldest, string? NeededBy, string Text);
