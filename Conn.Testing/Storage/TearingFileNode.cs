namespace Conn.Testing.Storage;

/// <summary>A file that is only appended to: its bytes, and how many of them are durable.</summary>
internal sealed class TearingFileNode : TearingNode
{
    private const int BlockBytes = 512;
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public int DurableLength { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (Length + bytes.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(Length + bytes.Length, _bytes.Length * 2));
        }

        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Flush() => DurableLength = Length;

    /// <summary>Replaces the content, durably: what a failing device or a meddling hand does.</summary>
    public void Put(byte[] bytes)
    {
        _bytes = [.. bytes];
        Length = bytes.Length;
        DurableLength = bytes.Length;
    }

    /// <summary>Of what was not flushed any length survives, and within it any block may be zero.</summary>
    public void Reboot(Random random)
    {
        var kept = DurableLength + random.Next(Length - DurableLength + 1);
        for (var at = DurableLength; at < kept; at += BlockBytes)
        {
            if (random.Next(3) == 0)
            {
                _bytes.AsSpan(at, Math.Min(BlockBytes, kept - at)).Clear();
            }
        }

        Length = kept;
        DurableLength = kept;
    }
}
