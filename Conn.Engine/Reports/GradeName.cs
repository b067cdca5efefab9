namespace Conn.Engine.Reports;

/// <summary>A grade as sets store it: the name, beginning small.</summary>
internal static class GradeName
{
    public static string Of(OwnerGrade grade) => char.ToLowerInvariant(grade.ToString()[0]) + grade.ToString()[1..];
}
