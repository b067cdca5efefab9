namespace Conn.DataOwners.Command;

/// <summary>The stages of a program: the last argument, and the variable CONN_STAGE.</summary>
internal static class CommandStage
{
    public const string Backup = "backup";
    public const string Restore = "restore";
    public const string Commit = "commit";
    public const string Discard = "discard";
    public const string Plan = "plan";
    public const string Freeze = "freeze";
    public const string Thaw = "thaw";

    /// <summary>What the variable CONN_OPERATION says.</summary>
    public static string OperationOf(string stage) => stage is Backup or Freeze or Thaw ? "backup" : "restore";
}
