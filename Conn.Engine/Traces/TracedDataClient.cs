using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Engine.Traces;

/// <summary>Around the engine's guard of one owner: tells of every call how the drives stood before and after it. One call at a time, and Terminate.</summary>
internal sealed class TracedDataClient(string owner, GuardedDataClient inner, Func<CallbackMachine?> machine, OperationTracer tracer) : IActiveBackupDataClient, IRestorePrepare
{
    private Call? _running;

    /// <summary>The drives of the present operation.</summary>
    public DriveList Drives { get; set; }

    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.AllSnapshotsSupplied, Own(), 0, false, () => inner.AllSnapshotsSuppliedAsync(cancellationToken));

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        RunAsync(last ? CallbackEvent.ReceiveLastSnapshotData : CallbackEvent.ReceiveSnapshotData, [new(drive)], section.Length, last,
            () => inner.ReceiveSnapshotDataAsync(drive, section, last, cancellationToken));

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.GetExpectedDataSize, [new(drive)], 0, false, () => inner.GetExpectedDataSizeAsync(drive, cancellationToken));

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.GetSnapshotData, [new(drive)], 0, false, () => inner.GetSnapshotDataAsync(drive, buffer, cancellationToken));

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.InitialiseGetBackupData, [new(drive)], 0, false, () => inner.InitialiseGetBackupDataAsync(drive, cancellationToken));

    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.GetBackupDataSection, Open(), 0, false, () => inner.GetBackupDataSectionAsync(buffer, cancellationToken));

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.InitialiseRestoreBaseData, [new(drive)], 0, false, () => inner.InitialiseRestoreBaseDataAsync(drive, cancellationToken));

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        RunAsync(last ? CallbackEvent.RestoreLastBaseDataSection : CallbackEvent.RestoreBaseDataSection, Open(), section.Length, last,
            () => inner.RestoreBaseDataSectionAsync(section, last, cancellationToken));

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.InitialiseRestoreIncrementData, [new(drive)], 0, false, () => inner.InitialiseRestoreIncrementDataAsync(drive, cancellationToken));

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        RunAsync(last ? CallbackEvent.RestoreLastIncrementDataSection : CallbackEvent.RestoreIncrementDataSection, Open(), section.Length, last,
            () => inner.RestoreIncrementDataSectionAsync(section, last, cancellationToken));

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.RestoreComplete, Whole(drive), 0, false, () => inner.RestoreCompleteAsync(drive, cancellationToken));

    public ValueTask InitialiseGetProxyBackupDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.InitialiseGetProxyBackupData, [new(drive, owner)], 0, false, () => inner.InitialiseGetProxyBackupDataAsync(owner, drive, cancellationToken));

    public ValueTask InitialiseRestoreProxyBaseDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.InitialiseRestoreProxyBaseData, [new(drive, owner)], 0, false, () => inner.InitialiseRestoreProxyBaseDataAsync(owner, drive, cancellationToken));

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.Terminate, [.. Own(), .. machine()?.Proxied ?? []], 0, false, () => inner.TerminateMultiStageOperationAsync(cancellationToken));

    public object? GetExtendedInterface(int uid) => inner.GetExtendedInterface(uid) is not { } found ? null : uid == ExtendedInterfaces.RestorePrepare ? this : found;

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.GetDataChecksum, [new(drive)], 0, false, () => inner.GetDataChecksumAsync(drive, cancellationToken));

    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.PrepareRestore, Whole(drive), 0, false, () => inner.PrepareRestoreAsync(drive, cancellationToken));

    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.ResumeRestore, [new(drive)], token.Length, false, () => inner.ResumeRestoreAsync(drive, token, cancellationToken));

    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) =>
        RunAsync(CallbackEvent.Recover, Own(), 0, false, () => inner.RecoverAsync(cancellationToken));

    /// <summary>The call that runs is not waited for any longer; whatever it still does is not told.</summary>
    public void GiveUp(ErrorCode code)
    {
        if (_running is { } call)
        {
            _running = null;
            Tell(call, call.Entry with { Error = code.Value, GivenUp = true });
        }
    }

    private DriveKey[] Own() => [.. Drives.Select(d => new DriveKey(d))];

    private DriveKey[] Whole(DriveNumber drive) => [.. machine()?.TakingPart(drive) ?? [new(drive)]];

    private DriveKey[] Open() => machine()?.Open is { } open ? [open] : [];

    private async ValueTask RunAsync(CallbackEvent step, DriveKey[] keys, int bytes, bool last, Func<ValueTask> made) => await RunAsync(step, keys, bytes, last, async () =>
    {
        await made();
        return true;
    });

    private async ValueTask<T> RunAsync<T>(CallbackEvent step, DriveKey[] keys, int bytes, bool last, Func<ValueTask<T>> made)
    {
        DriveState[] before = [.. keys.Select(State)];
        Call call = new(keys, before, new TraceEntry { Kind = TraceKind.Callback, At = tracer.Now, Owner = owner, Event = step, Bytes = bytes, Last = last });
        _running = call;
        try
        {
            T result = await made();
            End(call, call.Entry with
            {
                Bytes = result is SectionResult { Bytes: var taken } ? taken : result is ReadOnlyMemory<byte> token ? token.Length : bytes,
                Last = last || result is SectionResult { Finished: true },
            });
            return result;
        }
        catch (Exception e)
        {
            ErrorCode code = e is ConnException { Code: var own } ? own : e is OperationCanceledException ? ErrorCode.Cancel : ErrorCode.General;
            End(call, call.Entry with { Error = code.Value });
            throw;
        }
    }

    private void End(Call call, TraceEntry entry)
    {
        if (ReferenceEquals(_running, call))
        {
            _running = null;
            Tell(call, entry);
        }
    }

    private void Tell(Call call, TraceEntry entry) => tracer.Add(entry with
    {
        Took = tracer.Now - entry.At,
        Moves = [.. call.Keys.Select((k, i) => new TraceMove(k.Drive.Letter, k.ProxiedOwner.Value, call.Before[i], State(k)))],
    });

    private DriveState State(DriveKey key) => machine()?.StateOf(key) ?? default;

    /// <summary>A call that is not over.</summary>
    private sealed record Call(DriveKey[] Keys, DriveState[] Before, TraceEntry Entry);
}
