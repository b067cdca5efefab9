using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub.Security;
using Conn.Testing.Owners;

namespace Conn.Testing.Simulation;

/// <summary>Stands between the engine and an owner: notes and checks every callback, and does to it what the schedule says.</summary>
internal sealed partial class SimulatedClient(SimulationRun run, SimulatedOwner owner, IActiveBackupDataClient inner) : IActiveBackupDataClient, IRestorePrepare
{
    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.AllSnapshotsSupplied, null, CallbackEvent.AllSnapshotsSupplied, 0, null, Typed(() => inner.AllSnapshotsSuppliedAsync(cancellationToken)), cancellationToken));

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.ReceiveSnapshotData, new DriveKey(drive), last ? CallbackEvent.ReceiveLastSnapshotData : CallbackEvent.ReceiveSnapshotData, section.Length,
        () => owner.Stream(drive).TakeSnapshot(section.Span, last, old: true),
        Typed(() => inner.ReceiveSnapshotDataAsync(drive, section, last, cancellationToken)), cancellationToken));

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => RunAsync(
        CallbackKind.GetExpectedDataSize, new DriveKey(drive), CallbackEvent.GetExpectedDataSize, 0, null, async fault =>
        {
            long size = await inner.GetExpectedDataSizeAsync(drive, cancellationToken);
            return fault?.Kind == FaultKind.WrongSize ? (fault.Amount % 4) switch { 0 => 0, 1 => -1, 2 => long.MaxValue, _ => -size } : size;
        }, cancellationToken);

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) => TakeAsync(
        CallbackKind.GetSnapshotData, new DriveKey(drive), CallbackEvent.GetSnapshotData, CallbackEvent.SnapshotDataFinished, buffer,
        r => owner.Stream(drive).TakeSnapshot(buffer.Span[..r.Bytes], r.Finished, old: false), () => inner.GetSnapshotDataAsync(drive, buffer, cancellationToken), cancellationToken);

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.InitialiseGetBackupData, new DriveKey(drive), CallbackEvent.InitialiseGetBackupData, 0, () => owner.Stream(drive).Begin(),
        Typed(() => inner.InitialiseGetBackupDataAsync(drive, cancellationToken)), cancellationToken));

    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) => TakeAsync(
        CallbackKind.GetBackupDataSection, null, CallbackEvent.GetBackupDataSection, CallbackEvent.BackupDataFinished, buffer,
        r => owner.Stream(_open!.Value).Take(buffer.Span[..r.Bytes], r.Finished, restore: false), () => inner.GetBackupDataSectionAsync(buffer, cancellationToken), cancellationToken);

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.InitialiseRestoreBaseData, new DriveKey(drive), CallbackEvent.InitialiseRestoreBaseData, 0, () => owner.Stream(drive).Begin(),
        Typed(() => inner.InitialiseRestoreBaseDataAsync(drive, cancellationToken)), cancellationToken));

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => GiveAsync(
        CallbackKind.RestoreBaseDataSection, last ? CallbackEvent.RestoreLastBaseDataSection : CallbackEvent.RestoreBaseDataSection, section, last,
        () => inner.RestoreBaseDataSectionAsync(section, last, cancellationToken), cancellationToken);

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.InitialiseRestoreIncrementData, new DriveKey(drive), CallbackEvent.InitialiseRestoreIncrementData, 0, () => owner.Stream(drive).Begin(),
        Typed(() => inner.InitialiseRestoreIncrementDataAsync(drive, cancellationToken)), cancellationToken));

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => GiveAsync(
        CallbackKind.RestoreIncrementDataSection, last ? CallbackEvent.RestoreLastIncrementDataSection : CallbackEvent.RestoreIncrementDataSection, section, last,
        () => inner.RestoreIncrementDataSectionAsync(section, last, cancellationToken), cancellationToken);

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.RestoreComplete, new DriveKey(drive), CallbackEvent.RestoreComplete, 0, null, Typed(() => inner.RestoreCompleteAsync(drive, cancellationToken)), cancellationToken));

    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) => RunAsync(
        CallbackKind.PrepareRestore, new DriveKey(drive), CallbackEvent.PrepareRestore, 0, null, _ => Prepare.PrepareRestoreAsync(drive, cancellationToken), cancellationToken);

    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) => RunAsync(
        CallbackKind.ResumeRestore, new DriveKey(drive), CallbackEvent.ResumeRestore, token.Length, null, _ => Prepare.ResumeRestoreAsync(drive, token, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) => RunAsync(
        CallbackKind.Recover, null, CallbackEvent.Recover, 0, null, _ => Prepare.RecoverAsync(cancellationToken), cancellationToken);

    public ValueTask InitialiseGetProxyBackupDataAsync(SecureId served, DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.InitialiseGetProxyBackupData, new DriveKey(drive, served), CallbackEvent.InitialiseGetProxyBackupData, 0, () => owner.Stream(new DriveKey(drive, served)).Begin(),
        Typed(() => inner.InitialiseGetProxyBackupDataAsync(served, drive, cancellationToken)), cancellationToken));

    public ValueTask InitialiseRestoreProxyBaseDataAsync(SecureId served, DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.InitialiseRestoreProxyBaseData, new DriveKey(drive, served), CallbackEvent.InitialiseRestoreProxyBaseData, 0, () => owner.Stream(new DriveKey(drive, served)).Begin(),
        Typed(() => inner.InitialiseRestoreProxyBaseDataAsync(served, drive, cancellationToken)), cancellationToken));

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.TerminateMultiStageOperation, null, CallbackEvent.Terminate, 0, null, Typed(() => inner.TerminateMultiStageOperationAsync(cancellationToken)), cancellationToken));

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => RunAsync(
        CallbackKind.GetDataChecksum, new DriveKey(drive), CallbackEvent.GetDataChecksum, 0, null, _ => inner.GetDataChecksumAsync(drive, cancellationToken), cancellationToken);

    public object? GetExtendedInterface(int uid) => inner.GetExtendedInterface(uid) is not { } found ? null : uid == ExtendedInterfaces.RestorePrepare ? this : found;

    private IRestorePrepare Prepare => (IRestorePrepare)inner.GetExtendedInterface(ExtendedInterfaces.RestorePrepare)!;

    private static Func<SimulationFault?, ValueTask<bool>> Typed(Func<ValueTask> call) => async _ =>
    {
        await call();
        return true;
    };

    private static async ValueTask Untyped(ValueTask<bool> call) => await call;

    private ValueTask GiveAsync(CallbackKind kind, CallbackEvent step, ReadOnlyMemory<byte> section, bool last, Func<ValueTask> call, CancellationToken token)
    {
        DriveKey? place = _open;
        return Untyped(RunAsync(kind, place, step, section.Length, () => owner.Stream(place!.Value).Take(section.Span, last, restore: true), Typed(call), token));
    }

    private ValueTask<SectionResult> TakeAsync(CallbackKind kind, DriveKey? fixedPlace, CallbackEvent step, CallbackEvent finished, Memory<byte> buffer,
        Action<SectionResult> record, Func<ValueTask<SectionResult>> call, CancellationToken token)
    {
        int operation = run.Operation;
        DriveKey? place = fixedPlace ?? _open;
        return RunAsync(kind, place, step, buffer.Length, null, Work, token);

        async ValueTask<SectionResult> Work(SimulationFault? fault)
        {
            if (fault is { Kind: FaultKind.EmptySections })
            {
                return default;
            }

            SectionResult result = await call();
            if (fault is { Kind: FaultKind.WrongLength })
            {
                return new SectionResult(fault.Amount % 2 == 0 ? -1 : buffer.Length + fault.Amount, result.Finished);
            }

            if (operation == run.Operation)
            {
                record(result);
            }

            if (result.Finished && operation == run.Operation)
            {
                Fire(place, step);
                Fire(place, finished);
            }

            return result;
        }
    }
}
