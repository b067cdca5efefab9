namespace Conn.Repository;

/// <summary>How a repository is read and written. None of it changes what can be read back.</summary>
public sealed record RepositoryOptions
{
    /// <summary>The longest section of the format: 1 MiB.</summary>
    public const int MaxSectionBytes = 1 << 20;

    /// <summary>Workers that compress, check and decode. 0 to 64, 2 by default; 0 = everything inline on the caller's thread.</summary>
    /// <remarks>With 0 every call completes synchronously on storage that does, so virtual-time tests stay deterministic.</remarks>
    public int Workers { get; init; } = 2;

    /// <summary>The longest section that is stored, in bytes; a longer one is cut. 1 to <see cref="MaxSectionBytes"/>, which is the default.</summary>
    public int SectionBytes { get; init; } = MaxSectionBytes;

    /// <summary>A segment file is finished when the next section would make it longer, in bytes. 4 KiB to 1 GiB; 64 MiB by default.</summary>
    public int SegmentBytes { get; init; } = 64 << 20;

    /// <summary>zstd level of data sections. 1 (the default) to 19.</summary>
    public int CompressionLevel { get; init; } = 1;

    /// <summary>Clock for ids and times. The system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Source of the random part of ids; null (the default) = the system's cryptographic source. Tests give a seeded one.</summary>
    public Random? Random { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Require(Workers is >= 0 and <= 64, nameof(Workers), Workers, "0 to 64");
        Require(SectionBytes is >= 1 and <= MaxSectionBytes, nameof(SectionBytes), SectionBytes, "1 to 1048576");
        Require(SegmentBytes is >= 4096 and <= 1 << 30, nameof(SegmentBytes), SegmentBytes, "4096 to 1073741824");
        Require(CompressionLevel is >= 1 and <= 19, nameof(CompressionLevel), CompressionLevel, "1 to 19");
    }

    private static void Require(bool legal, string name, int value, string range)
    {
        if (!legal)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}.");
        }
    }
}
