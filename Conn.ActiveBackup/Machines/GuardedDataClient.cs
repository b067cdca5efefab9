using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Machines;

/// <summary>A data client that passes on only what the callback machine allows. Both sides of a connection use this one class.</summary>
/// <remarks>
/// Asked before the call, moved after it: a call that fails moves the drive to Failed, or only drops the snapshot where the owner said
/// that it is of no use. One call at a time. Optional interfaces of the inner client are guarded as well.
/// </remarks>
public sealed class GuardedDataClient : IActiveBackupDataClient, IRestorePrepare
{
    private readonly IActiveBackupDataClient _inner;
    private CallbackMachine? _current;
    private DriveList _drives;

    /// <summary>Guards a client. Everything but Terminate is refused until <see cref="Begin"/>.</summary>
    /// <param name="inner">Who gets the legal calls.</param>
    public GuardedDataClient(IActiveBackupDataClient inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
    }

    private CallbackMachine Machine => _current ?? throw new ConnException(
        ErrorCode.NotReady, "No operation has begun for this owner; callbacks are legal only in one. Terminate is always legal.");

    /// <summary>Begins an operation: every drive is fresh.</summary>
    /// <param name="machine">The owner's machine in this operation.</param>
    /// <param name="drives">The owner's drives that take part.</param>
    public void Begin(CallbackMachine machine, DriveList drives)
    {
        _current = machine;
        _drives = drives;
    }

    /// <inheritdoc/>
    public async ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken)
    {
        Machine.FireAll(_drives, CallbackEvent.AllSnapshotsSupplied);
        try
        {
            await _inner.AllSnapshotsSuppliedAsync(cancellationToken);
        }
        catch (ConnException e) when (RefusesSnapshot(e))
        {
            Machine.FireAll(_drives, CallbackEvent.SnapshotRefused);
            throw;
        }
        catch
        {
            Machine.FireAll(_drives, CallbackEvent.CallbackFailed);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        DriveKey key = new(drive);
        CallbackEvent step = last ? CallbackEvent.ReceiveLastSnapshotData : CallbackEvent.ReceiveSnapshotData;
        Machine.Check(key, step);
        try
        {
            await _inner.ReceiveSnapshotDataAsync(drive, section, last, cancellationToken);
        }
        catch (ConnException e) when (RefusesSnapshot(e))
        {
            Machine.Fire(key, CallbackEvent.SnapshotRefused);
            throw;
        }
        catch
        {
            Machine.Fire(key, CallbackEvent.CallbackFailed);
            throw;
        }

        Machine.Fire(key, step);
    }

    /// <inheritdoc/>
    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        StepAsync(new DriveKey(drive), CallbackEvent.GetExpectedDataSize, () => _inner.GetExpectedDataSizeAsync(drive, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        DriveKey key = new(drive);
        Machine.Check(key, CallbackEvent.GetSnapshotData);
        SectionResult result;
        try
        {
            result = Within(await _inner.GetSnapshotDataAsync(drive, buffer, cancellationToken), buffer, key);
        }
        catch (ConnException e) when (e.Code == ErrorCode.NotSupported)
        {
            Machine.Fire(key, CallbackEvent.SnapshotRefused);
            throw;
        }
        catch
        {
            Machine.Fire(key, CallbackEvent.CallbackFailed);
            throw;
        }

        Machine.Fire(key, CallbackEvent.GetSnapshotData);
        if (result.Finished)
        {
            Machine.Fire(key, CallbackEvent.SnapshotDataFinished);
        }

        return result;
    }

    /// <inheritdoc/>
    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        StepAsync(new DriveKey(drive), CallbackEvent.InitialiseGetBackupData, () => _inner.InitialiseGetBackupDataAsync(drive, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        // Spelled out instead of built from StepAsync: every owner's every section comes through here, on both sides.
        DriveKey key = OpenDrive(CallbackEvent.GetBackupDataSection);
        Machine.Check(key, CallbackEvent.GetBackupDataSection);
        SectionResult result;
        try
        {
            result = Within(await _inner.GetBackupDataSectionAsync(buffer, cancellationToken), buffer, key);
        }
        catch
        {
            Machine.Fire(key, CallbackEvent.CallbackFailed);
            throw;
        }

        Machine.Fire(key, CallbackEvent.GetBackupDataSection);
        if (result.Finished)
        {
            Machine.Fire(key, CallbackEvent.BackupDataFinished);
        }

        return result;
    }

    /// <inheritdoc/>
    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        StepAsync(new DriveKey(drive), CallbackEvent.InitialiseRestoreBaseData, () => _inner.InitialiseRestoreBaseDataAsync(drive, cancellationToken));

    /// <inheritdoc/>
    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        CallbackEvent step = last ? CallbackEvent.RestoreLastBaseDataSection : CallbackEvent.RestoreBaseDataSection;
        return StepAsync(OpenDrive(step), step, () => _inner.RestoreBaseDataSectionAsync(section, last, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => StepAsync(
        new DriveKey(drive), CallbackEvent.InitialiseRestoreIncrementData, () => _inner.InitialiseRestoreIncrementDataAsync(drive, cancellationToken));

    /// <inheritdoc/>
    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        CallbackEvent step = last ? CallbackEvent.RestoreLastIncrementDataSection : CallbackEvent.RestoreIncrementDataSection;
        return StepAsync(OpenDrive(step), step, () => _inner.RestoreIncrementDataSectionAsync(section, last, cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        await WholeDriveAsync(drive, CallbackEvent.RestoreComplete, async () =>
        {
            await _inner.RestoreCompleteAsync(drive, cancellationToken);
            return true;
        });

    /// <inheritdoc/>
    public ValueTask InitialiseGetProxyBackupDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) => StepAsync(
        new DriveKey(drive, owner), CallbackEvent.InitialiseGetProxyBackupData, () => _inner.InitialiseGetProxyBackupDataAsync(owner, drive, cancellationToken));

    /// <inheritdoc/>
    public ValueTask InitialiseRestoreProxyBaseDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) => StepAsync(
        new DriveKey(drive, owner), CallbackEvent.InitialiseRestoreProxyBaseData, () => _inner.InitialiseRestoreProxyBaseDataAsync(owner, drive, cancellationToken));

    /// <inheritdoc/>
    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        _current?.Terminate();
        return _inner.TerminateMultiStageOperationAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetExtendedInterface(int uid) => _inner.GetExtendedInterface(uid) is not { } found ? null
        : uid == ExtendedInterfaces.RestorePrepare ? this : found;

    /// <inheritdoc/>
    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        StepAsync(new DriveKey(drive), CallbackEvent.GetDataChecksum, () => _inner.GetDataChecksumAsync(drive, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        WholeDriveAsync(drive, CallbackEvent.PrepareRestore, () => Prepare().PrepareRestoreAsync(drive, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) =>
        StepAsync(new DriveKey(drive), CallbackEvent.ResumeRestore, () => Prepare().ResumeRestoreAsync(drive, token, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken)
    {
        Machine.FireAll(_drives, CallbackEvent.Recover);
        return Prepare().RecoverAsync(cancellationToken);
    }

    private static bool RefusesSnapshot(ConnException e) => e.Code == ErrorCode.NotSupported || e.Code == ErrorCode.Corrupt;

    private static SectionResult Within(SectionResult result, Memory<byte> buffer, DriveKey drive) =>
        result.Bytes >= 0 && result.Bytes <= buffer.Length ? result : throw new ConnException(
            ErrorCode.BadDescriptor, $"Drive {drive}: the owner claims {result.Bytes} bytes in a buffer of {buffer.Length}.");

    private IRestorePrepare Prepare() => _inner.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) as IRestorePrepare
        ?? throw new ConnException(ErrorCode.NotSupported, "The owner has no IRestorePrepare; ask GetExtendedInterface first.");

    private DriveKey OpenDrive(CallbackEvent step) => Machine.Open
        ?? throw new IllegalEventException("CallbackMachine", "an owner without an open stream", "no stream open", step.ToString(), ["an Initialise"]);

    /// <summary>One call that concerns all that is restored on a drive: the owner's own data, and what it keeps for others.</summary>
    private async ValueTask<T> WholeDriveAsync<T>(DriveNumber drive, CallbackEvent step, Func<ValueTask<T>> call)
    {
        IReadOnlyList<DriveKey> keys = Machine.TakingPart(drive);
        foreach (DriveKey key in keys)
        {
            Machine.Check(key, step);
        }

        T result;
        try
        {
            result = await call();
        }
        catch
        {
            Machine.FireAll(keys, CallbackEvent.CallbackFailed);
            throw;
        }

        Machine.FireAll(keys, step);
        return result;
    }

    private async ValueTask StepAsync(DriveKey drive, CallbackEvent step, Func<ValueTask> call)
    {
        Machine.Check(drive, step);
        try
        {
            await call();
        }
        catch
        {
            Machine.Fire(drive, CallbackEvent.CallbackFailed);
            throw;
        }

        Machine.Fire(drive, step);
    }

    private async ValueTask<T> StepAsync<T>(DriveKey drive, CallbackEvent step, Func<ValueTask<T>> call)
    {
        Machine.Check(drive, step);
        T result;
        try
        {
            result = await call();
        }
        catch
        {
            Machine.Fire(drive, CallbackEvent.CallbackFailed);
            throw;
        }

        Machine.Fire(drive, step);
        return result;
    }
}
