namespace Conn.Cli.Doctor;

/// <summary>Findings as text and as a document.</summary>
internal static class DoctorOutput
{
    private const int WordWidth = 7;

    public static object Json(IEnumerable<Finding> findings) => new
    {
        schemaVersion = 1, findings = findings.Select(static f => new { about = f.About, level = f.Level, what = f.What, todo = f.ToDo }),
    };

    public static string Text(Finding finding) =>
        $"{finding.Level.ToString().ToLowerInvariant().PadRight(WordWidth)}  {finding.About}: {finding.What}{(finding.ToDo is { } toDo ? " " + toDo : "")}";
}
