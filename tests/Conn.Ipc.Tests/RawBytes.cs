namespace Conn.Ipc.Tests;

/// <summary>An argument or a result that is MessagePack already.</summary>
internal sealed record RawBytes(byte[] Bytes)
{
    public static RawBytes Of(params byte[] bytes) => new(bytes);

    /// <summary>Arrays of one element, one in the other.</summary>
    public static RawBytes Nested(int depth)
    {
        byte[] bytes = new byte[depth + 1];
        Array.Fill(bytes, (byte)0x91);
        bytes[depth] = 0xc0;
        return new RawBytes(bytes);
    }
}
