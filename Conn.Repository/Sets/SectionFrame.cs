using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Memory for one section as it is stored (header and body, contiguous) and for its plain bytes; reused from section to section.</summary>
internal sealed class SectionFrame
{
    private const int SmallBytes = 4096;
    private byte[] _plain = [];

    /// <summary>Header and stored bytes; as long as was last reserved, or longer.</summary>
    public byte[] Stored { get; private set; } = new byte[SectionHeader.Bytes + SmallBytes];

    /// <summary>Makes room for that many stored bytes behind the header, which stays.</summary>
    public void Reserve(int storedBytes)
    {
        if (Stored.Length < SectionHeader.Bytes + storedBytes)
        {
            var longer = GC.AllocateUninitializedArray<byte>(SectionHeader.Bytes + Rounded(storedBytes));
            Stored.AsSpan(0, SectionHeader.Bytes).CopyTo(longer);
            Stored = longer;
        }
    }

    /// <summary>Room for that many plain bytes.</summary>
    public Memory<byte> Plain(int bytes)
    {
        if (_plain.Length < bytes)
        {
            _plain = GC.AllocateUninitializedArray<byte>(Rounded(bytes));
        }

        return _plain.AsMemory(0, bytes);
    }

    /// <summary>What the header says.</summary>
    public SectionHeader Header { get; set; }

    /// <summary>Number of the segment it was read from.</summary>
    public int Segment { get; set; }

    /// <summary>Offset in that segment.</summary>
    public long Offset { get; set; }

    /// <summary>Stored bytes without the header.</summary>
    public ReadOnlyMemory<byte> Body => Stored.AsMemory(SectionHeader.Bytes, Header.StoredBytes);

    // Small sections cost little memory; beyond that there is one step, to the longest, so that a growing stream does not leave a trail of arrays.
    private static int Rounded(int bytes) => bytes <= 16 * SmallBytes ? 16 * SmallBytes : FormatLimits.MaxSectionBytes;
}
