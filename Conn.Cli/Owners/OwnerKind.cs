namespace Conn.Cli.Owners;

/// <summary>The ready-made owners, by the word a set keeps beside their data.</summary>
internal static class OwnerKind
{
    public const string Directory = "directory";

    /// <summary>Followed by <c>:</c> and the database's file name.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>Followed by <c>:</c> and the program's file name.</summary>
    public const string Command = "command";

    /// <summary>An owner of another program, which joins the daemon.</summary>
    public const string Remote = "remote";

    public static bool IsCommand(string kind) => kind.StartsWith(Command + ":", StringComparison.Ordinal);

    public static bool IsSqlite(string kind) => kind.StartsWith(Sqlite + ":", StringComparison.Ordinal);

    public static string OfCommand(string program) => $"{Command}:{Path.GetFileName(program)}";

    public static string OfSqlite(string databasePath) => $"{Sqlite}:{Path.GetFileName(databasePath)}";

    /// <summary>The database's file name out of a set's word; only the last part of it is ever used.</summary>
    public static string? SqliteFileName(string kind)
    {
        string name = IsSqlite(kind) ? Path.GetFileName(kind[(Sqlite.Length + 1)..]) : "";
        return name is "" or "." or ".." || name.Contains('\0', StringComparison.Ordinal) ? null : name;
    }
}
