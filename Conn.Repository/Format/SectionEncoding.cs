namespace Conn.Repository.Format;

/// <summary>How the bytes of a section are stored. Stored as its number.</summary>
internal enum SectionEncoding : byte
{
    Raw = 0,
    Zstd = 1,
    Reference = 2,
}
