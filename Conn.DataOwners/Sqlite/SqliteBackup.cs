using Conn.ActiveBackup.Contract;

namespace Conn.DataOwners.Sqlite;

internal sealed class SqliteBackup(SqliteOwnerOptions options, RemarkList remarks)
{
    public void CheckSnapshot(CancellationToken cancellationToken) => throw new NotSupportedException(options.Name + remarks);
    public void ReceiveSnapshot(ReadOnlySpan<byte> section, bool last) => throw new NotSupportedException();
    public long ExpectedBytes() => throw new NotSupportedException();
    public SectionResult ReadSnapshot(Span<byte> buffer) => throw new NotSupportedException();
    public void Open(CancellationToken cancellationToken) => throw new NotSupportedException();
    public SectionResult Read(Span<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();
    public uint Checksum(CancellationToken cancellationToken) => throw new NotSupportedException();
    public void Close()
    {
    }
}
