namespace Conn.Hosting.AspNetCore;

/// <summary>The document of the status endpoint.</summary>
internal sealed record StatusDocument(string Mode, DateTimeOffset? NextBackup, IReadOnlyList<OwnerDocument> Owners)
{
    public static StatusDocument Of(BackupStatus status) => new(status.Mode.ToString(), status.NextBackup, [.. status.Owners.Select(OwnerDocument.Of)]);
}
