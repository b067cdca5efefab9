using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Tests;

/// <summary>A data client that records every callback with its arguments, and implements only the optional interfaces that a test chose.</summary>
internal sealed class RecordingClient : IActiveBackupDataClient, IRestorePlan, IRestorePrepare, IOwnerRemarks
{
    private readonly List<string> _calls = [];
    private readonly List<int> _asked = [];

    public IReadOnlyList<string> Calls => _calls;

    /// <summary>The optional interfaces that were asked for, in order.</summary>
    public IReadOnlyList<int> Asked => _asked;

    /// <summary>What GetExtendedInterface returns; null, the default, for this client itself.</summary>
    public Func<int, object?>? Extended { get; init; }

    /// <summary>What every callback does before it returns.</summary>
    public Func<CancellationToken, ValueTask> Act { get; set; } = _ => default;

    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => RunAsync("AllSnapshotsSupplied", cancellationToken);

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        RunAsync($"ReceiveSnapshotData {drive} {Text(section)} {last}", cancellationToken);

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync($"GetExpectedDataSize {drive}", 41L, cancellationToken);

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) =>
        RunAsync($"GetSnapshotData {drive} {buffer.Length}", new SectionResult(2, true), cancellationToken);

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync($"InitialiseGetBackupData {drive}", cancellationToken);

    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        RunAsync($"GetBackupDataSection {buffer.Length}", new SectionResult(3, false), cancellationToken);

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync($"InitialiseRestoreBaseData {drive}", cancellationToken);

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        RunAsync($"RestoreBaseDataSection {Text(section)} {last}", cancellationToken);

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync($"InitialiseRestoreIncrementData {drive}", cancellationToken);

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        RunAsync($"RestoreIncrementDataSection {Text(section)} {last}", cancellationToken);

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => RunAsync($"RestoreComplete {drive}", cancellationToken);

    public ValueTask InitialiseGetProxyBackupDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync($"InitialiseGetProxyBackupData {owner} {drive}", cancellationToken);

    public ValueTask InitialiseRestoreProxyBaseDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync($"InitialiseRestoreProxyBaseData {owner} {drive}", cancellationToken);

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => RunAsync("TerminateMultiStageOperation", cancellationToken);

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync($"GetDataChecksum {drive}", uint.MaxValue, cancellationToken);

    public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) =>
        RunAsync($"PlanRestore {drive} {expectedBytes}", cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync<ReadOnlyMemory<byte>>($"PrepareRestore {drive}", new byte[] { 7 }, cancellationToken);

    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) =>
        RunAsync($"ResumeRestore {drive} {Text(token)}", true, cancellationToken);

    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<string>>("Recover", ["removed"], cancellationToken);

    public ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) =>
        RunAsync("TakeRemarks", new OwnerRemarks(["note"], ["error"], "why"), cancellationToken);

    public object? GetExtendedInterface(int uid)
    {
        _asked.Add(uid);
        return Extended is null ? this : Extended(uid);
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Convert.ToHexString(bytes.Span);

    private ValueTask RunAsync(string call, CancellationToken cancellationToken)
    {
        _calls.Add(call);
        return Act(cancellationToken);
    }

    private async ValueTask<T> RunAsync<T>(string call, T result, CancellationToken cancellationToken)
    {
        await RunAsync(call, cancellationToken);
        return result;
    }
}
