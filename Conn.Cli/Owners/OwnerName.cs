using Conn.ActiveBackup;

namespace Conn.Cli.Owners;

/// <summary>The names owners may have on the command line.</summary>
internal static class OwnerName
{
    /// <exception cref="UsageException">The name is illegal.</exception>
    public static string Check(string name) => DataOwnerRegistration.IsName(name) ? name : throw new UsageException(
        $"'{name}' is not a legal owner name: 1 to 64 of A-Z a-z 0-9 . _ - with a letter or digit first.");
}
