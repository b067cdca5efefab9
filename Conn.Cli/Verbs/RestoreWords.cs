using Conn.Engine;

namespace Conn.Cli.Verbs;

/// <summary>What the tool adds to the words of the library about a restore, made by itself or by the daemon: what to do with the tool.</summary>
internal static class RestoreWords
{
    private const string OtherPlace = "--to DIR is another place";

    /// <summary>Says what became of an owner in a set that holds nothing of it.</summary>
    public static string Of(MissingReason reason) => reason switch
    {
        MissingReason.Failed => "failed",
        MissingReason.Skipped => "was skipped",
        MissingReason.Pruned => "was pruned",
        _ => "is not",
    };

    /// <summary>Adds notes to a report.</summary>
    public static RestoreReport AddTo(RestoreReport report, bool inPlace) =>
        report with { Notes = [.. report.Notes, .. Versions(report), .. Elsewhere(report, inPlace)] };

    /// <summary>Gets a refusal with more words; null if there are none.</summary>
    public static OperationRefusedException? AddTo(OperationRefusedException e, bool inPlace) => e.Refusal switch
    {
        OperationRefusal.RefusedByOwner or OperationRefusal.Overlap when inPlace => With(e, $"{OtherPlace}."),
        OperationRefusal.OtherSource => With(e, $"{OtherPlace}, and --force allows another source."),
        _ => null,
    };

    private static OperationRefusedException With(OperationRefusedException e, string words) => new(e.Refusal, e.Code, $"{Ended(e.Message)} {words}", e);

    /// <summary>What a program wrote need not end like a sentence.</summary>
    private static string Ended(string message) => message.EndsWith('.') ? message : message + ".";

    /// <summary>The library says to restore to another place; this is how.</summary>
    private static IEnumerable<string> Elsewhere(RestoreReport report, bool inPlace) =>
        inPlace && report is { Outcome: OperationOutcome.Failed, Committed: false, CommitUnknown: false }
            ? ["Nothing was put in place; --to DIR restores to another place."] : [];

    /// <summary>What a program wrote is given back whatever its version; whether the one installed can read it, the tool cannot know.</summary>
    private static IEnumerable<string> Versions(RestoreReport report) => report.Owners.Where(static o => o.DataVersion > 0)
        .Select(static o => $"Owner {o.Name}: the data is of version {o.DataVersion}; the program that it is for must know this version.");
}
