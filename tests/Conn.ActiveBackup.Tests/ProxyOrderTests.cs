using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>Which calls a proxy data manager gets, and when.</summary>
public sealed class ProxyOrderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_owners_data_is_given_only_in_a_restore_and_taken_only_in_a_backup()
    {
        OrderLab backup = await OrderLab.BeginAsync(restore: false, OrderLab.C);
        OrderLab restore = await OrderLab.BeginAsync(restore: true, OrderLab.C);

        Assert.True(IsRefused(await backup.CallAsync(OwnerCallKind.InitialiseRestoreProxyBaseData, OrderLab.COfOne)));
        Assert.True(IsRefused(await restore.CallAsync(OwnerCallKind.InitialiseGetProxyBackupData, OrderLab.COfOne)));
        Assert.False(IsRefused(await backup.CallAsync(OwnerCallKind.InitialiseGetProxyBackupData, OrderLab.COfOne)));
        Assert.False(IsRefused(await restore.CallAsync(OwnerCallKind.InitialiseRestoreProxyBaseData, OrderLab.COfOne)));
    }

    [Fact]
    public async Task A_second_owners_data_is_not_opened_while_the_first_is_open_nor_before_readiness()
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: false, OrderLab.C);
        int begun = lab.Owner.Calls;
        lab.Status = DataOwnerStatus.NotReady;

        Assert.Equal(RefusalReason.NotReady, ReasonOf(await lab.CallAsync(OwnerCallKind.InitialiseGetProxyBackupData, OrderLab.COfOne)));
        lab.Status = DataOwnerStatus.Ready;
        await lab.CallAsync(OwnerCallKind.InitialiseGetProxyBackupData, OrderLab.COfOne);
        Assert.Equal(RefusalReason.OtherStreamOpen, ReasonOf(await lab.CallAsync(OwnerCallKind.InitialiseGetProxyBackupData, OrderLab.COfTwo)));
        await lab.CallAsync(OwnerCallKind.GetBackupDataSection, OrderLab.COfOne, last: true);
        await lab.CallAsync(OwnerCallKind.InitialiseGetProxyBackupData, OrderLab.COfTwo);
        await lab.CallAsync(OwnerCallKind.GetBackupDataSection, OrderLab.COfTwo, last: true);
        Assert.Equal(RefusalReason.State, ReasonOf(await lab.CallAsync(OwnerCallKind.InitialiseGetProxyBackupData, OrderLab.COfTwo)));

        Assert.Equal(begun + 4, lab.Owner.Calls);
    }

    [Fact]
    public async Task Preparing_and_completing_a_drive_concerns_all_that_is_kept_there_and_ends_giving()
    {
        CallbackTrace trace = new();
        using ScriptedDataOwner owner = new("m", trace);
        await using LegalOrder calls = new(new DataClientDispatcher(owner), "m", () => DataOwnerStatus.Ready);
        BurMode mode = BurMode.Of(BurPartType.RestoreFull, BackupIncType.Base);
        await calls.InvokeAsync(OwnerCall.Begin(new BurModeInfo(DriveList.Of(DriveNumber.C), mode)), Token);

        Assert.True(await IsRefusedAsync(OwnerCall.On(OwnerCallKind.RestoreComplete, DriveNumber.C)));
        Assert.False(await IsRefusedAsync(OwnerCall.For(OwnerCallKind.InitialiseRestoreProxyBaseData, OrderLab.One, DriveNumber.C)));
        Assert.True(await IsRefusedAsync(OwnerCall.On(OwnerCallKind.PrepareRestore, DriveNumber.C)));
        Assert.False(await IsRefusedAsync(OwnerCall.Give(OwnerCallKind.RestoreBaseDataSection, OrderLab.COfOne, new byte[3], last: true)));
        Assert.False(await IsRefusedAsync(OwnerCall.For(OwnerCallKind.InitialiseRestoreProxyBaseData, OrderLab.Two, DriveNumber.C)));
        Assert.False(await IsRefusedAsync(OwnerCall.Give(OwnerCallKind.RestoreBaseDataSection, OrderLab.COfTwo, default, last: true)));
        Assert.False(await IsRefusedAsync(OwnerCall.On(OwnerCallKind.PrepareRestore, DriveNumber.C)));
        Assert.True(await IsRefusedAsync(OwnerCall.For(OwnerCallKind.InitialiseRestoreProxyBaseData, new SecureId(3), DriveNumber.C)));
        Assert.True(await IsRefusedAsync(OwnerCall.On(OwnerCallKind.PrepareRestore, DriveNumber.C)));
        Assert.False(await IsRefusedAsync(OwnerCall.On(OwnerCallKind.RestoreComplete, DriveNumber.C)));
        Assert.False(await IsRefusedAsync(OwnerCall.On(OwnerCallKind.RestoreComplete, DriveNumber.C)));

        Assert.Equal(["PrepareRestore C", "RestoreComplete C", "RestoreComplete C"], trace.Of("m").Skip(4));

        async Task<bool> IsRefusedAsync(OwnerCall call) => IsRefused(await calls.InvokeAsync(call, Token));
    }

    [Theory]
    [InlineData(DriveState.ProxyRestorePrepared)]
    [InlineData(DriveState.ProxyRestoreCompleted)]
    public async Task Nothing_more_of_another_owner_is_given_on_a_drive_on_which_data_kept_is_prepared_or_in_place(DriveState state)
    {
        OrderLab lab = await OrderLab.InAsync(restore: true, proxied: true, state);
        int calls = lab.Owner.Calls;

        OrderRefusal refusal = (await lab.CallAsync(OwnerCallKind.InitialiseRestoreProxyBaseData, OrderLab.COfTwo)).Failure!.Refusal!;

        Assert.Equal((OrderLab.COfTwo, DriveState.ProxyRestoreFresh, RefusalReason.Prepared), (refusal.Drive, refusal.State, refusal.Reason));
        Assert.Equal(calls, lab.Owner.Calls);
        Assert.False(IsRefused(await lab.CallAsync(OwnerCallKind.InitialiseRestoreProxyBaseData, OrderLab.COfTwo with { Drive = OrderLab.E.Drive })));
    }

    [Theory]
    [InlineData(DriveState.RestorePrepared)]
    [InlineData(DriveState.RestoreCompleted)]
    public async Task Nothing_of_another_owner_is_given_on_a_drive_on_which_own_data_is_prepared_or_in_place(DriveState state)
    {
        OrderLab lab = await OrderLab.InAsync(restore: true, proxied: false, state);

        Assert.Equal(RefusalReason.Prepared, ReasonOf(await lab.CallAsync(OwnerCallKind.InitialiseRestoreProxyBaseData, OrderLab.COfTwo)));
    }

    [Theory]
    [InlineData(DriveState.ProxyRestorePrepared)]
    [InlineData(DriveState.ProxyRestoreCompleted)]
    public async Task No_own_data_is_given_on_a_drive_on_which_data_kept_is_prepared_or_in_place(DriveState state)
    {
        OrderLab lab = await OrderLab.InAsync(restore: true, proxied: true, state);

        // Else RestoreComplete would put own data in place that was never prepared.
        Assert.Equal(RefusalReason.Prepared, ReasonOf(await lab.CallAsync(OwnerCallKind.InitialiseRestoreBaseData, OrderLab.C)));
        Assert.Equal(RefusalReason.Prepared, ReasonOf(await lab.CallAsync(OwnerCallKind.ReceiveSnapshotData, OrderLab.C)));
    }

    [Fact]
    public async Task A_drive_is_prepared_and_completed_without_own_data_that_was_never_given()
    {
        OrderLab lab = await OrderLab.InAsync(restore: true, proxied: true, DriveState.ProxyRestoreDone);

        Assert.Equal([OrderLab.COfOne], lab.Order.Concerned(OwnerCall.On(OwnerCallKind.PrepareRestore, DriveNumber.C)));
        Assert.False(IsRefused(await lab.CallAsync(OwnerCallKind.PrepareRestore, OrderLab.C)));
        Assert.False(IsRefused(await lab.CallAsync(OwnerCallKind.RestoreComplete, OrderLab.C)));

        Assert.Equal((DriveState.RestoreFresh, DriveState.ProxyRestoreCompleted), (lab.Order.StateOf(OrderLab.C), lab.Order.StateOf(OrderLab.COfOne)));
    }

    [Fact]
    public async Task A_drive_with_own_data_is_prepared_and_completed_with_all_that_is_kept_there_and_with_nothing_of_other_drives()
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: true, OrderLab.C, OrderLab.E);
        DriveKey elsewhere = OrderLab.COfTwo with { Drive = OrderLab.E.Drive };
        await lab.LeadAsync(OrderLab.COfOne, DriveState.ProxyRestoreDone);
        await lab.LeadAsync(elsewhere, DriveState.ProxyRestoreDone);
        await lab.LeadAsync(OrderLab.C, DriveState.RestoreSnapshotGiven);

        OrderRefusal unfinished = (await lab.CallAsync(OwnerCallKind.PrepareRestore, OrderLab.C)).Failure!.Refusal!;
        Assert.Equal((OrderLab.C, RefusalReason.State), (unfinished.Drive, unfinished.Reason));
        await lab.CallAsync(OwnerCallKind.InitialiseRestoreBaseData, OrderLab.C);
        await lab.CallAsync(OwnerCallKind.RestoreBaseDataSection, OrderLab.C, last: true);
        Assert.False(IsRefused(await lab.CallAsync(OwnerCallKind.PrepareRestore, OrderLab.C)));

        Assert.Equal((DriveState.RestorePrepared, DriveState.ProxyRestorePrepared, DriveState.ProxyRestoreDone),
            (lab.Order.StateOf(OrderLab.C), lab.Order.StateOf(OrderLab.COfOne), lab.Order.StateOf(elsewhere)));
    }

    [Fact]
    public async Task A_preparation_that_fails_leaves_nothing_but_Terminate()
    {
        OrderLab lab = await OrderLab.InAsync(restore: true, proxied: true, DriveState.ProxyRestoreDone);
        lab.Owner.Fails = ErrorCode.DiskFull;

        Assert.Equal(ErrorCode.DiskFull, (await lab.CallAsync(OwnerCallKind.PrepareRestore, OrderLab.C)).Failure!.Code);

        lab.Owner.Fails = ErrorCode.Success;
        Assert.Equal(DriveState.Failed, lab.Order.StateOf(OrderLab.COfOne));
        Assert.True(IsRefused(await lab.CallAsync(OwnerCallKind.RestoreComplete, OrderLab.C)));
        Assert.Equal([OwnerCallKind.TerminateMultiStageOperation], OwnerCallRules.LegalCalls(DriveState.Failed));
        await lab.CallAsync(OwnerCallKind.TerminateMultiStageOperation, OrderLab.C);
        Assert.Equal(DriveState.Terminated, lab.Order.StateOf(OrderLab.COfOne));
    }

    private static bool IsRefused(OwnerCallResult result) => result.Failure?.Refusal is not null;

    private static RefusalReason? ReasonOf(OwnerCallResult result) => result.Failure?.Refusal?.Reason;
}
