using System.Text.RegularExpressions;

namespace Conn.Cli.Owners;

/// <summary>The names owners may have on the command line.</summary>
internal static partial class OwnerName
{
    /// <exception cref="UsageException">The name is illegal.</exception>
    public static string Check(string name) => Legal().IsMatch(name) ? name : throw new UsageException(
        $"'{name}' is not a legal owner name: 1 to 64 of A-Z a-z 0-9 . _ - with a letter or digit first.");

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Legal();
}
