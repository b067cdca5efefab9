using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;
using Conn.Testing.Owners;

namespace Conn.Testing.Simulation;

/// <summary>Stands between the engine and an owner: notes and checks every callback, and does to it what the schedule says.</summary>
internal sealed class SimulatedClient(SimulationRun run, SimulatedOwner owner, IActiveBackupDataClient inner) : IActiveBackupDataClient, IRestorePrepare
{
    private readonly Dictionary<DriveNumber, OrderFacts> _facts = [];
    private DriveNumber? _open;
    private CallbackKind? _inside;
    private bool _restore;
    private IOwnerEndpoint? _endpoint;
    private bool _refused;

    /// <summary>True once its process is gone: no call reaches the owner, none comes back.</summary>
    public bool IsDead { get; set; }

    /// <summary>True while a callback runs, or hangs.</summary>
    public bool IsInside => _inside is not null;

    /// <summary>An operation begins: every drive is fresh.</summary>
    public void Begin(bool restore, IOwnerEndpoint? endpoint = null)
    {
        _endpoint = endpoint ?? _endpoint;
        _facts.Clear();
        _open = null;
        _restore = restore;
    }

    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.AllSnapshotsSupplied, null, CallbackEvent.AllSnapshotsSupplied, 0, null, Typed(() => inner.AllSnapshotsSuppliedAsync(cancellationToken)), cancellationToken));

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.ReceiveSnapshotData, drive, last ? CallbackEvent.ReceiveLastSnapshotData : CallbackEvent.ReceiveSnapshotData, section.Length,
        _ => owner.Stream(drive).TakeSnapshot(section.Span, last, old: true),
        Typed(() => inner.ReceiveSnapshotDataAsync(drive, section, last, cancellationToken)), cancellationToken));

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => RunAsync(
        CallbackKind.GetExpectedDataSize, drive, CallbackEvent.GetExpectedDataSize, 0, null, async fault =>
        {
            long size = await inner.GetExpectedDataSizeAsync(drive, cancellationToken);
            return fault?.Kind == FaultKind.WrongSize ? (fault.Amount % 4) switch { 0 => 0, 1 => -1, 2 => long.MaxValue, _ => -size } : size;
        }, cancellationToken);

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) => TakeAsync(
        CallbackKind.GetSnapshotData, drive, CallbackEvent.GetSnapshotData, CallbackEvent.SnapshotDataFinished, buffer,
        r => owner.Stream(drive).TakeSnapshot(buffer.Span[..r.Bytes], r.Finished, old: false), () => inner.GetSnapshotDataAsync(drive, buffer, cancellationToken), cancellationToken);

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.InitialiseGetBackupData, drive, CallbackEvent.InitialiseGetBackupData, 0, _ => owner.Stream(drive).Begin(),
        Typed(() => inner.InitialiseGetBackupDataAsync(drive, cancellationToken)), cancellationToken));

    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) => TakeAsync(
        CallbackKind.GetBackupDataSection, _open, CallbackEvent.GetBackupDataSection, CallbackEvent.BackupDataFinished, buffer,
        r => owner.Stream(_open!.Value).Take(buffer.Span[..r.Bytes], r.Finished, restore: false), () => inner.GetBackupDataSectionAsync(buffer, cancellationToken), cancellationToken);

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.InitialiseRestoreBaseData, drive, CallbackEvent.InitialiseRestoreBaseData, 0, _ => owner.Stream(drive).Begin(),
        Typed(() => inner.InitialiseRestoreBaseDataAsync(drive, cancellationToken)), cancellationToken));

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => GiveAsync(
        CallbackKind.RestoreBaseDataSection, last ? CallbackEvent.RestoreLastBaseDataSection : CallbackEvent.RestoreBaseDataSection, section, last,
        () => inner.RestoreBaseDataSectionAsync(section, last, cancellationToken), cancellationToken);

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.InitialiseRestoreIncrementData, drive, CallbackEvent.InitialiseRestoreIncrementData, 0, _ => owner.Stream(drive).Begin(),
        Typed(() => inner.InitialiseRestoreIncrementDataAsync(drive, cancellationToken)), cancellationToken));

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => GiveAsync(
        CallbackKind.RestoreIncrementDataSection, last ? CallbackEvent.RestoreLastIncrementDataSection : CallbackEvent.RestoreIncrementDataSection, section, last,
        () => inner.RestoreIncrementDataSectionAsync(section, last, cancellationToken), cancellationToken);

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.RestoreComplete, drive, CallbackEvent.RestoreComplete, 0, null, Typed(() => inner.RestoreCompleteAsync(drive, cancellationToken)), cancellationToken));

    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) => RunAsync(
        CallbackKind.PrepareRestore, drive, CallbackEvent.PrepareRestore, 0, null, _ => Prepare.PrepareRestoreAsync(drive, cancellationToken), cancellationToken);

    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) => RunAsync(
        CallbackKind.ResumeRestore, drive, CallbackEvent.ResumeRestore, token.Length, null, _ => Prepare.ResumeRestoreAsync(drive, token, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) => RunAsync(
        CallbackKind.Recover, null, CallbackEvent.Recover, 0, null, _ => Prepare.RecoverAsync(cancellationToken), cancellationToken);

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => Untyped(RunAsync(
        CallbackKind.TerminateMultiStageOperation, null, CallbackEvent.Terminate, 0, null, Typed(() => inner.TerminateMultiStageOperationAsync(cancellationToken)), cancellationToken));

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => RunAsync(
        CallbackKind.GetDataChecksum, drive, CallbackEvent.GetDataChecksum, 0, null, _ => inner.GetDataChecksumAsync(drive, cancellationToken), cancellationToken);

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
        DriveNumber? drive = _open;
        return Untyped(RunAsync(kind, drive, step, section.Length, _ => owner.Stream(drive!.Value).Take(section.Span, last, restore: true), Typed(call), token));
    }

    private ValueTask<SectionResult> TakeAsync(CallbackKind kind, DriveNumber? drive, CallbackEvent step, CallbackEvent finished, Memory<byte> buffer,
        Action<SectionResult> record, Func<ValueTask<SectionResult>> call, CancellationToken token)
    {
        int operation = run.Operation;
        return RunAsync(kind, drive, step, buffer.Length, null, Work, token);

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
                Fire(drive, step);
                Fire(drive, finished);
            }

            return result;
        }
    }

    private async ValueTask<T> RunAsync<T>(CallbackKind kind, DriveNumber? drive, CallbackEvent step, int bytes, Action<bool>? record,
        Func<SimulationFault?, ValueTask<T>> call, CancellationToken token)
    {
        if (IsDead || run.IsDead)
        {
            return await ForeverAsync<T>();
        }

        SimulationFault? fault = run.Enter(owner, kind, drive, bytes, _inside);
        CallbackKind? outer = _inside;
        int operation = run.Operation;
        _inside = kind;
        try
        {
            if (step == CallbackEvent.AllSnapshotsSupplied && _refused && _facts.Values.All(f => f.After(step) is null))
            {
                // A snapshot of no use: terminated, and begun again without one.
                Begin(restore: false);
            }

            Check(drive, step);
            if (_endpoint?.Callbacks is { } guard && kind is not (CallbackKind.AllSnapshotsSupplied or CallbackKind.TerminateMultiStageOperation or CallbackKind.Recover))
            {
                // In those three the guard has moved already.
                run.TryIllegal(owner, guard, Facts, _open);
            }

            if (fault is not null)
            {
                await run.ApplyAsync(owner, fault, token);
            }

            if (IsDead || run.IsDead)
            {
                return await ForeverAsync<T>();
            }

            T result = await run.InnerAsync(owner, () => call(fault));
            if (IsDead || run.IsDead)
            {
                return await ForeverAsync<T>();
            }

            if (operation == run.Operation)
            {
                Fire(drive, step);
                record?.Invoke(true);
            }

            if (kind == CallbackKind.TerminateMultiStageOperation)
            {
                foreach (StreamRecord stream in owner.Streams.Values)
                {
                    stream.Forget();
                }
            }

            if (fault is { Kind: FaultKind.Leave, Amount: > 45 } && kind != CallbackKind.TerminateMultiStageOperation)
            {
                throw new ConnException(fault.Code, $"scripted to fail with {fault.Code} after the work");
            }

            _inside = outer;
            return result;
        }
        catch (Exception e)
        {
            _inside = outer;
            if (operation == run.Operation)
            {
                FireFailed(kind, drive, e);
            }

            throw;
        }
    }

    private static Task<T> ForeverAsync<T>() => new TaskCompletionSource<T>().Task;

    private void Check(DriveNumber? drive, CallbackEvent step)
    {
        foreach (DriveNumber each in drive is { } one ? [one] : owner.Subject.Drives.ToArray())
        {
            OrderFacts facts = Facts(each);
            if (facts.After(step) is null)
            {
                run.Violated(Invariant.LegalOrder, $"{step} of {owner.Name}, drive {each}, after {facts}");
            }
            else if (_open is { } open && open != each && step != CallbackEvent.Terminate && !facts.IsOpen)
            {
                run.Violated(Invariant.LegalOrder, $"{step} of {owner.Name}, drive {each}, while drive {open} has a stream open");
            }
        }
    }

    private void Fire(DriveNumber? drive, CallbackEvent step)
    {
        foreach (DriveNumber each in drive is { } one ? [one] : owner.Subject.Drives.ToArray())
        {
            if (Facts(each).After(step) is { } after)
            {
                _facts[each] = after;
            }
        }

        _open = null;
        foreach ((DriveNumber each, OrderFacts facts) in _facts)
        {
            if (facts.IsOpen)
            {
                _open = each;
            }
        }
    }

    private void FireFailed(CallbackKind kind, DriveNumber? drive, Exception e)
    {
        if (kind is CallbackKind.TerminateMultiStageOperation or CallbackKind.Recover)
        {
            return;
        }

        bool refuses = e is ConnException { Code: var code } && (code == ErrorCode.NotSupported || (code == ErrorCode.Corrupt && kind != CallbackKind.GetSnapshotData))
            && kind is CallbackKind.AllSnapshotsSupplied or CallbackKind.ReceiveSnapshotData or CallbackKind.GetSnapshotData;
        _refused |= refuses;
        if (refuses && kind == CallbackKind.AllSnapshotsSupplied)
        {
            Fire(drive, CallbackEvent.AllSnapshotsSupplied);
        }

        Fire(drive, refuses ? CallbackEvent.SnapshotRefused : CallbackEvent.CallbackFailed);
        if (refuses && kind != CallbackKind.GetSnapshotData && drive is { } refused)
        {
            owner.Stream(refused).OldSnapshot = null;
        }

        if (kind == CallbackKind.GetSnapshotData && drive is { } without)
        {
            owner.Stream(without).Snapshot = null;
        }
    }

    private OrderFacts Facts(DriveNumber drive) => _facts.TryGetValue(drive, out OrderFacts facts) ? facts : new OrderFacts(_restore, false);
}
