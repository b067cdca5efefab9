namespace Conn.Engine.Proxies;

/// <summary>The layout of a proxied owner's stream. The numbers are stored and stay: docs/protocol.md describes them.</summary>
internal static class ProxyFormat
{
    /// <summary>"CPX1", read as a little-endian number: what every proxied stream begins with.</summary>
    public const uint Magic = 0x31585043;

    /// <summary>Magic, number of managers, whether the owner's own data follows: 4 bytes each.</summary>
    public const int HeaderBytes = 12;

    /// <summary>The manager's id, length, whether its data ends with this frame: 4 bytes each.</summary>
    public const int FrameBytes = 12;
}
