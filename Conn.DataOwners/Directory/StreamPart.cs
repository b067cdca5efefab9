namespace Conn.DataOwners.Directory;

/// <summary>The parts of a data stream, in their order.</summary>
internal enum StreamPart
{
    Header,
    Keeps,
    Deletes,
    Entries,
    LeftOuts,
    Ended,
}
