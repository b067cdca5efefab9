namespace Conn.Repository.Sets;

/// <summary>What a part holds of one drive.</summary>
/// <param name="Drive">Index of the drive, 0 to 25 (C is 2).</param>
/// <param name="Data">The data stream, or null when none was opened.</param>
/// <param name="Snapshot">The snapshot stream, or null when none was opened.</param>
public sealed record DriveStreams(byte Drive, StreamInfo? Data, StreamInfo? Snapshot)
{
    /// <summary>The stream of a kind, or null.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>The stream, or null.</returns>
    public StreamInfo? Stream(StreamKind kind) => kind == StreamKind.Data ? Data : Snapshot;
}
