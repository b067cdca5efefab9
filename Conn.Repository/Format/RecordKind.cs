namespace Conn.Repository.Format;

/// <summary>The kind of a checked record. Stored as its number.</summary>
internal enum RecordKind
{
    Format = 1,
    Index = 2,
    Manifest = 3,
    Restore = 4,
    Sums = 5,
    Key = 6,
    Mark = 7,
    Seal = 8,
}
