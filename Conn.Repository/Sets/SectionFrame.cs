using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Memory for one section as it is stored (header and body, contiguous) and for its plain bytes; reused from section to section.</summary>
internal sealed class SectionFrame
{
    private byte[]? _plain;

    /// <summary>Header and stored bytes.</summary>
    public byte[] Stored { get; } = GC.AllocateUninitializedArray<byte>(SectionHeader.Bytes + FormatLimits.MaxSectionBytes);

    /// <summary>Room for the plain bytes; made when first needed.</summary>
    public byte[] Plain => _plain ??= GC.AllocateUninitializedArray<byte>(FormatLimits.MaxSectionBytes);

    /// <summary>What the header says.</summary>
    public SectionHeader Header { get; set; }

    /// <summary>Number of the segment it was read from.</summary>
    public int Segment { get; set; }

    /// <summary>Offset in that segment.</summary>
    public long Offset { get; set; }

    /// <summary>Stored bytes without the header.</summary>
    public ReadOnlyMemory<byte> Body => Stored.AsMemory(SectionHeader.Bytes, Header.StoredBytes);
}
