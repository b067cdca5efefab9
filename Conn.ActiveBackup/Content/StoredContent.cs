namespace Conn.ActiveBackup.Content;

/// <summary>Represents what a repository holds of one drive of an owner: what a restore of one set would be given.</summary>
public sealed record StoredContent
{
    /// <summary>Gets the data streams: the base, then its increments up to the chosen set.</summary>
    public required IReadOnlyList<StoredStream> Chain { get; init; }

    /// <summary>Gets the snapshot of the chosen set; null if there is none.</summary>
    public StoredStream? Snapshot { get; init; }
}
