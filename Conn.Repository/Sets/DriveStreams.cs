namespace Conn.Repository.Sets;

/// <summary>Represents the stored streams of one drive of a part.</summary>
/// <param name="Drive">Index of the drive, 0 to 25 (C is 2).</param>
/// <param name="Data">The data stream, or null when none was opened.</param>
/// <param name="Snapshot">The snapshot stream, or null when none was opened.</param>
public sealed record DriveStreams(byte Drive, StreamInfo? Data, StreamInfo? Snapshot)
{
    /// <summary>Gets the stream of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>The stream, or null.</returns>
    public StreamInfo? Stream(StreamKind kind) => kind == StreamKind.Data ? Data : Snapshot;
}
