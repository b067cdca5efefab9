using Conn.Cli.Output;

namespace Conn.Cli.Contents;

/// <summary>Numbers and sizes of the changes between two sets.</summary>
internal sealed class ChangeTotals
{
    private readonly long[] _counts = new long[4];

    /// <summary>Gets the size of what was added, or its new size where it changed.</summary>
    public long BytesAfter { get; private set; }

    /// <summary>Gets the size of what was removed, or its old size where it changed.</summary>
    public long BytesBefore { get; private set; }

    public string Text => $"{this[ContentChangeKind.Added]} added, {this[ContentChangeKind.Removed]} removed, {this[ContentChangeKind.Changed]} changed, "
        + $"{this[ContentChangeKind.Attributes]} with other attributes; {Sizes.Bytes(BytesBefore)} before, {Sizes.Bytes(BytesAfter)} after";

    public long this[ContentChangeKind kind] => _counts[(int)kind];

    public void Add(ContentChange change, ContentChangeKind kind)
    {
        _counts[(int)kind]++;
        if (kind != ContentChangeKind.Attributes)
        {
            BytesAfter += change.After?.Size ?? 0;
            BytesBefore += change.Before?.Size ?? 0;
        }
    }
}
