using MessagePack;

namespace Conn.Ipc;

/// <summary>
/// What crosses as an array of its members, in the order of its parameters. Every member is there: a peer that speaks another version is refused at once.
/// </summary>
internal interface IWireRecord<T>
    where T : IWireRecord<T>
{
    /// <summary>Reads it.</summary>
    /// <exception cref="Exception">It is none: see <see cref="WireCodec.IsMalformed"/>.</exception>
    static abstract T Decode(ref MessagePackReader reader);

    void Encode(ref MessagePackWriter writer);
}
