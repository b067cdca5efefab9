using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>The snapshot an increment starts from: received in any pieces, usable only once all of it was read and found whole.</summary>
internal sealed class OldSnapshot(string spoolFolder) : IDisposable
{
    private readonly SpoolFile _spool = new(spoolFolder);

    internal bool IsComplete { get; private set; }

    internal long ScanStart { get; private set; }

    internal void Append(ReadOnlySpan<byte> section) => _spool.Append(section);

    /// <summary>Reads all of it once.</summary>
    internal void Check(CancellationToken cancellationToken)
    {
        var reader = new SnapshotReader(new SpoolReader(_spool), check: true);
        var entry = new TreeEntry();
        for (int count = 0; reader.TryRead(entry); count++)
        {
            if ((count & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        ScanStart = reader.ScanStart;
        IsComplete = true;
    }

    /// <summary>A new pass over the entries.</summary>
    internal SnapshotReader Read() => new(new SpoolReader(_spool), check: false);

    /// <summary>The block table of a file that this snapshot listed; null when it has none.</summary>
    internal OldBlocks? BlocksOf(TreeEntry entry) => entry.BlockPieces > 0 ? new OldBlocks(_spool, entry.BlocksAt, entry.BlockPieces) : null;

    public void Dispose() => _spool.Dispose();
}
