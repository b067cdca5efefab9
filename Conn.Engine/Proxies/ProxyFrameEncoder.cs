using System.Buffers.Binary;
using Conn.PubSub.Security;

namespace Conn.Engine.Proxies;

/// <summary>Makes what stands before each piece of a proxied stream: the header once, and a frame for every piece.</summary>
/// <param name="managers">How many managers the owner has.</param>
/// <param name="own">Whether the owner's own data follows the managers' data.</param>
internal sealed class ProxyFrameEncoder(int managers, bool own)
{
    private bool _begun;

    /// <summary>Gives what stands before the next piece.</summary>
    /// <param name="manager">The manager whose piece follows.</param>
    /// <param name="bytes">The length of the piece; 0 only when it is the manager's last.</param>
    /// <param name="finished">Whether it is the manager's last.</param>
    /// <returns>The frame, after the header before the first piece.</returns>
    public byte[] Next(SecureId manager, int bytes, bool finished)
    {
        byte[] frame = new byte[(_begun ? 0 : ProxyFormat.HeaderBytes) + ProxyFormat.FrameBytes];
        Span<byte> rest = frame;
        if (!_begun)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, ProxyFormat.Magic);
            BinaryPrimitives.WriteInt32LittleEndian(rest[4..], managers);
            BinaryPrimitives.WriteInt32LittleEndian(rest[8..], own ? 1 : 0);
            rest = rest[ProxyFormat.HeaderBytes..];
            _begun = true;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(rest, manager.Value);
        BinaryPrimitives.WriteInt32LittleEndian(rest[4..], bytes);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], finished ? 1 : 0);
        return frame;
    }
}
