namespace Conn.DataOwners.Sqlite;

internal sealed class SqliteRestore(SqliteOwnerOptions options, RemarkList remarks) : IDisposable
{
    public void Plan(long expectedBytes, CancellationToken cancellationToken) => throw new NotSupportedException(options.Name + remarks);
    public void OpenBase(CancellationToken cancellationToken) => throw new NotSupportedException();
    public void OpenIncrement() => throw new NotSupportedException();
    public void Write(ReadOnlySpan<byte> section, bool last) => throw new NotSupportedException();
    public ReadOnlyMemory<byte> Prepare(CancellationToken cancellationToken) => throw new NotSupportedException();
    public bool Resume(ReadOnlySpan<byte> token, CancellationToken cancellationToken) => throw new NotSupportedException();
    public void Complete() => throw new NotSupportedException();
    public void Drop()
    {
    }

    public void Dispose() => Drop();
}
