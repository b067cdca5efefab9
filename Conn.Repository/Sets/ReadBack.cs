namespace Conn.Repository.Sets;

/// <summary>Where the bytes came from when a set was read back before its commit. Stored as its number.</summary>
public enum ReadBack
{
    /// <summary>From the device: the cached pages had been dropped.</summary>
    Device = 0,

    /// <summary>At least partly from the system's cache: this storage cannot drop it.</summary>
    Cached = 1,
}
