namespace Conn.Repository.Sets;

/// <summary>Specifies where bytes came from when they were read back. Stored as its number.</summary>
public enum ReadBack
{
    /// <summary>From the device: the cached pages were dropped before.</summary>
    Device = 0,

    /// <summary>At least partly from the cache of the system: the storage cannot drop it.</summary>
    Cached = 1,
}
