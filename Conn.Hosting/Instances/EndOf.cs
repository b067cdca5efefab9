using Conn.Engine;

namespace Conn.Hosting.Instances;

/// <summary>What is kept of a report: outcome, set, and what failed. Bounded, because programs get it in a variable of their environment.</summary>
internal static class EndOf
{
    private const int MostOfError = 4096;

    public static (OperationOutcome Outcome, string? Set, string? Error) Report(BackupReport report) =>
        (report.Outcome, report.SetId?.Text, Error(report.Outcome, report.Owners, []));

    public static (OperationOutcome Outcome, string? Set, string? Error) Report(RestoreReport report) =>
        (report.Outcome, report.SetId.Text, Error(report.Outcome, report.Owners, report.Missing));

    private static string? Error(OperationOutcome outcome, IEnumerable<OwnerReport> owners, IEnumerable<MissingOwner> missing)
    {
        if (outcome == OperationOutcome.Succeeded)
        {
            return null;
        }

        string text = string.Join(" ", owners.SelectMany(static o => o.Errors.Select(e => $"{o.Name}: {e}"))
            .Concat(missing.Where(static m => m.Counts).Select(static m => $"{m.Name}: the set holds nothing of it.")));
        return text.Length == 0 ? null : text.Length <= MostOfError ? text : text[..MostOfError] + "...";
    }
}
