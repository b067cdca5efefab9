namespace Conn.Repository.Format;

/// <summary>The limits of the format. Every reader checks them before it allocates. Part of docs/format.md.</summary>
internal static class FormatLimits
{
    public const int Version = 1;
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
    public const int HashBytes = 16;
    public const int ShaBytes = 32;
}
