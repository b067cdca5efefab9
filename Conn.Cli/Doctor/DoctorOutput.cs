using Conn.Cli.Output;

namespace Conn.Cli.Doctor;

/// <summary>Findings as text and as a document.</summary>
internal static class DoctorOutput
{
    private const int WordWidth = 7;

    public static DoctorDocument Json(IEnumerable<Finding> findings) => new(findings.Select(static f => new FindingItem(f.About, f.Level, f.What, f.ToDo)));

    public static string Text(Finding finding) =>
        $"{finding.Level.ToString().ToLowerInvariant().PadRight(WordWidth)}  {finding.About}: {finding.What}{(finding.ToDo is { } toDo ? " " + toDo : "")}";
}

internal sealed record DoctorDocument(IEnumerable<FindingItem> Findings) : Document;

internal sealed record FindingItem(string About, FindingLevel Level, string What, string? Todo);
