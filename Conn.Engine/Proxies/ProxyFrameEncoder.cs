using System.Buffers.Binary;
using Conn.PubSub.Security;

namespace Conn.Engine.Proxies;

/// <summary>Writes what stands before each piece of a proxied stream: the header once, and a frame for every piece.</summary>
/// <param name="managers">How many managers the owner has.</param>
/// <param name="own">Whether the owner's own data follows the managers' data.</param>
internal sealed class ProxyFrameEncoder(int managers, bool own)
{
    private bool _begun;

    /// <summary>The bytes to keep free before the next piece.</summary>
    public int PrefixBytes => _begun ? ProxyFormat.FrameBytes : ProxyFormat.HeaderBytes + ProxyFormat.FrameBytes;

    /// <summary>Fills the bytes kept free.</summary>
    /// <param name="prefix">At least <see cref="PrefixBytes"/>.</param>
    /// <param name="manager">Whose piece follows.</param>
    /// <param name="bytes">Its length; 0 only when it is the manager's last.</param>
    /// <param name="finished">Whether it is the manager's last.</param>
    public void Seal(Span<byte> prefix, SecureId manager, int bytes, bool finished)
    {
        if (!_begun)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(prefix, ProxyFormat.Magic);
            BinaryPrimitives.WriteInt32LittleEndian(prefix[4..], managers);
            BinaryPrimitives.WriteInt32LittleEndian(prefix[8..], own ? 1 : 0);
            prefix = prefix[ProxyFormat.HeaderBytes..];
            _begun = true;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(prefix, manager.Value);
        BinaryPrimitives.WriteInt32LittleEndian(prefix[4..], bytes);
        BinaryPrimitives.WriteInt32LittleEndian(prefix[8..], finished ? 1 : 0);
    }
}
