namespace Conn.Hosting.Requests;

/// <summary>What can be asked.</summary>
internal static class RequestNames
{
    public const string Backup = "backup";
    public const string Restore = "restore";
    public const string Status = "status";
    public const string Abort = "abort";
    public const string History = "history";
}
