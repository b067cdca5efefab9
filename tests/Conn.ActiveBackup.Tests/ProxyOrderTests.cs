using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>What a proxy data manager may be asked, and when.</summary>
public sealed class ProxyOrderTests
{
    private static readonly SecureId One = new(1);
    private static readonly SecureId Two = new(2);
    private static readonly DriveNumber C = DriveNumber.C;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Another_owners_data_is_restored_only_in_a_restore_and_handed_over_only_in_a_backup()
    {
        CallbackMachine backup = new("m", false, () => DataOwnerStatus.Ready);
        CallbackMachine restore = new("m", true, () => DataOwnerStatus.Ready);

        Assert.Throws<IllegalEventException>(() => backup.Check(new DriveKey(C, One), CallbackEvent.InitialiseRestoreProxyBaseData));
        Assert.Throws<IllegalEventException>(() => restore.Check(new DriveKey(C, One), CallbackEvent.InitialiseGetProxyBackupData));
        backup.Check(new DriveKey(C, One), CallbackEvent.InitialiseGetProxyBackupData);
        restore.Check(new DriveKey(C, One), CallbackEvent.InitialiseRestoreProxyBaseData);
    }

    [Fact]
    public async Task A_second_owners_data_is_not_opened_while_the_first_is_open_nor_before_readiness()
    {
        DataOwnerStatus status = DataOwnerStatus.NotReady;
        (GuardedDataClient guard, CallbackTrace trace) = Guard(restore: false, () => status);

        await RefusedAsync(() => guard.InitialiseGetProxyBackupDataAsync(One, C, Token));
        status = DataOwnerStatus.Ready;
        await guard.InitialiseGetProxyBackupDataAsync(One, C, Token);
        await RefusedAsync(() => guard.InitialiseGetProxyBackupDataAsync(Two, C, Token));
        await guard.GetBackupDataSectionAsync(new byte[10], Token);
        await guard.InitialiseGetProxyBackupDataAsync(Two, C, Token);
        await guard.GetBackupDataSectionAsync(new byte[10], Token);
        await RefusedAsync(() => guard.InitialiseGetProxyBackupDataAsync(Two, C, Token));

        Assert.Equal(4, trace.Lines.Count);
    }

    [Fact]
    public async Task Preparing_and_completing_a_drive_is_for_everything_kept_there_and_ends_giving()
    {
        (GuardedDataClient guard, CallbackTrace trace) = Guard(restore: true, () => DataOwnerStatus.Ready);

        await RefusedAsync(() => guard.RestoreCompleteAsync(C, Token));
        await guard.InitialiseRestoreProxyBaseDataAsync(One, C, Token);
        await RefusedAsync(async () => await guard.PrepareRestoreAsync(C, Token));
        await guard.RestoreBaseDataSectionAsync(new byte[3], true, Token);
        await guard.InitialiseRestoreProxyBaseDataAsync(Two, C, Token);
        await guard.RestoreBaseDataSectionAsync(ReadOnlyMemory<byte>.Empty, true, Token);
        await guard.PrepareRestoreAsync(C, Token);
        await RefusedAsync(() => guard.InitialiseRestoreProxyBaseDataAsync(new SecureId(3), C, Token));
        await RefusedAsync(async () => await guard.PrepareRestoreAsync(C, Token));
        await guard.RestoreCompleteAsync(C, Token);
        await guard.RestoreCompleteAsync(C, Token);

        Assert.Equal(["PrepareRestore C", "RestoreComplete C", "RestoreComplete C"], trace.Of("m").Skip(4));
    }

    [Fact]
    public async Task A_preparation_that_fails_leaves_nothing_but_terminate()
    {
        using ScriptedDataOwner owner = new("m", null);
        owner.Fail(CallbackKind.PrepareRestore, ErrorCode.DiskFull);
        CallbackMachine machine = new("m", true, () => DataOwnerStatus.Ready);
        GuardedDataClient guard = new(owner);
        guard.Begin(machine, DriveList.Of(C));
        await guard.InitialiseRestoreProxyBaseDataAsync(One, C, Token);
        await guard.RestoreBaseDataSectionAsync(new byte[3], true, Token);

        await Assert.ThrowsAsync<ConnException>(async () => await guard.PrepareRestoreAsync(C, Token));

        Assert.Equal(DriveState.Failed, machine.StateOf(new DriveKey(C, One)));
        await RefusedAsync(() => guard.RestoreCompleteAsync(C, Token));
        await guard.TerminateMultiStageOperationAsync(Token);
        Assert.Equal(DriveState.Terminated, machine.StateOf(new DriveKey(C, One)));
    }

    [Fact]
    public async Task An_owner_that_is_no_manager_says_so()
    {
        IActiveBackupDataClient plain = new Plain();

        ConnException backup = await Assert.ThrowsAsync<ConnException>(async () => await plain.InitialiseGetProxyBackupDataAsync(One, C, Token));
        ConnException restore = await Assert.ThrowsAsync<ConnException>(async () => await plain.InitialiseRestoreProxyBaseDataAsync(One, C, Token));

        Assert.Equal((ErrorCode.NotSupported, ErrorCode.NotSupported), (backup.Code, restore.Code));
        Assert.Null(plain.GetExtendedInterface(ExtendedInterfaces.RestorePrepare));
    }

    [Fact]
    public void Extended_interfaces_of_an_owners_own_are_passed_on_and_the_known_ones_are_guarded()
    {
        object own = new();
        GuardedDataClient guard = new(new Plain(own));
        using ScriptedDataOwner prepares = new("m", null);

        Assert.Same(own, guard.GetExtendedInterface(4711));
        Assert.Null(guard.GetExtendedInterface(4712));
        Assert.IsType<GuardedDataClient>(new GuardedDataClient(prepares).GetExtendedInterface(ExtendedInterfaces.RestorePrepare));
    }

    private static (GuardedDataClient Guard, CallbackTrace Trace) Guard(bool restore, Func<DataOwnerStatus> status)
    {
        CallbackTrace trace = new();
#pragma warning disable CA2000 // It holds memory streams only.
        GuardedDataClient guard = new(new ScriptedDataOwner("m", trace));
#pragma warning restore CA2000
        guard.Begin(new CallbackMachine("m", restore, status), DriveList.Of(C));
        return (guard, trace);
    }

    private static async Task RefusedAsync(Func<ValueTask> call) => await Assert.ThrowsAsync<IllegalEventException>(async () => await call());

    /// <summary>An owner that overrides nothing it need not.</summary>
    private sealed class Plain(object? own = null) : IActiveBackupDataClient
    {
        public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => default;

        public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => default;

        public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => new(-1);

        public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) => default;

        public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

        public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) => default;

        public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

        public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => default;

        public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

        public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => default;

        public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

        public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => default;

        public object? GetExtendedInterface(int uid) => uid == 4711 ? own : null;

        public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => new(1u);
    }
}
