using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Memory for one section: its stored form (header and body) and its plain bytes. It is used for one section after the other.</summary>
internal sealed class SectionFrame
{
    private const int SmallBytes = 64 << 10;
    private byte[] _plain = [];

    /// <summary>Header and stored bytes; at least as long as was last reserved.</summary>
    public byte[] Stored { get; private set; } = new byte[SectionHeader.Bytes + 4096];

    /// <summary>The header.</summary>
    public SectionHeader Header { get; set; }

    /// <summary>Number of the segment from which the section was read.</summary>
    public int Segment { get; set; }

    /// <summary>Offset of the section in that segment.</summary>
    public long Offset { get; set; }

    /// <summary>The stored bytes, without the header.</summary>
    public ReadOnlyMemory<byte> Body => Stored.AsMemory(SectionHeader.Bytes, Header.StoredBytes);

    /// <summary>Makes <see cref="Stored"/> long enough for a number of stored bytes. The header is kept.</summary>
    public void Reserve(int storedBytes)
    {
        if (Stored.Length < SectionHeader.Bytes + storedBytes)
        {
            byte[] longer = GC.AllocateUninitializedArray<byte>(SectionHeader.Bytes + Rounded(storedBytes));
            Stored.AsSpan(0, SectionHeader.Bytes).CopyTo(longer);
            Stored = longer;
        }
    }

    /// <summary>Gets memory for a number of plain bytes.</summary>
    public Memory<byte> Plain(int bytes)
    {
        if (_plain.Length < bytes)
        {
            _plain = GC.AllocateUninitializedArray<byte>(Rounded(bytes));
        }

        return _plain.AsMemory(0, bytes);
    }

    // Two sizes only, so that a stream whose sections grow does not leave many arrays to the garbage collector.
    private static int Rounded(int bytes) => bytes <= SmallBytes ? SmallBytes : FormatLimits.MaxSectionBytes;
}
