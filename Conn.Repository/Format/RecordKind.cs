namespace Conn.Repository.Format;

/// <summary>What a checked record holds. Stored as its number.</summary>
internal enum RecordKind
{
    Format = 1,
    Index = 2,
    Manifest = 3,
    Restore = 4,
}
