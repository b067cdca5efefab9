namespace Conn.Repository.Format;

/// <summary>The limits of the format. Every reader checks them before it allocates. Part of docs/format.md.</summary>
internal static class FormatLimits
{
    public const int Version = 1;

    /// <summary>The version of an index that lists held sets, and of a key slot that holds a seal. Without these, both are written in version 1.</summary>
    public const int ExtendedVersion = 2;
    public const int MaxRecordBytes = 64 << 20;
    public const int MaxSectionBytes = RepositoryOptions.MaxSectionBytes;
    public const int MaxDrive = 25;
    public const int MaxNameLength = 256;

    /// <summary>The longest kind of an owner, in characters: it may hold a file name of 255.</summary>
    public const int MaxKindLength = 512;

    /// <summary>The longest source of an owner, in characters: the longest path of the system.</summary>
    public const int MaxSourceLength = 4096;

    /// <summary>The most tags of a set; each has at most <see cref="MaxNameLength"/> characters.</summary>
    public const int MaxTags = 64;

    public const int MaxTextLength = 8192;

    /// <summary>The highest sequence of a set and number of a restore: a set each millisecond for 34 years.</summary>
    public const long MaxNumber = 1L << 40;

    /// <summary>The most sets, and the most restores, that an index lists.</summary>
    public const int MaxListed = 200_000;

    /// <summary>The most files of a seal: with the longest names, it has less than <see cref="MaxRecordBytes"/>.</summary>
    public const int MaxSealedFiles = 600_000;

    /// <summary>The most parts of a set, and owners of a restore.</summary>
    public const int MaxParts = 4096;

    /// <summary>The most segments of a part: with the shortest ones, of 4 KiB, a part has 4 GiB; with those of the default, 64 TiB.</summary>
    public const int MaxSegments = 1 << 20;

    /// <summary>The most notes, and the most errors, of a part: as many as a writer keeps, and one that says how many more there were.</summary>
    public const int MaxTexts = Sets.PartResult.MaxTexts + 1;

    /// <summary>The most bytes of a set, and of a stream, a segment and an owner in it: 1 PiB.</summary>
    public const long MaxBytes = 1L << 50;
    public const int HashBytes = 16;
    public const int ShaBytes = 32;
}
