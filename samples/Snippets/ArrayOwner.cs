using Conn;
using Conn.ActiveBackup;

namespace Snippets;

sealed class ArrayOwner : IActiveBackupDataClient
{
    private MemoryStream _open = new();

    public byte[] Data { get; set; } = [];

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => new(Data.LongLength);
    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) { _open = new(Data); return default; }
    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int bytes = _open.Read(buffer.Span);
        return new(new SectionResult(bytes, _open.Position == _open.Length));
    }

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) { _open = new(); return default; }
    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) { _open.Write(section.Span); return default; }
    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) { Data = _open.ToArray(); return default; }
    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) { _open = new(); return default; }

    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => default;
    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => new(0u);
    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => throw No();
    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) => throw No();
    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => throw No();
    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => throw No();
    private static ConnException No() => new(ErrorCode.NotSupported, "This owner keeps no increments.");
}
