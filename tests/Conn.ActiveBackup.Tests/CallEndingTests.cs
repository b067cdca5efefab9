using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>How the end of a call moves the drives: it failed, was given up, came after Terminate, or ended a stream.</summary>
public sealed class CallEndingTests
{
    private static readonly ErrorCode[] Codes = [ErrorCode.General, ErrorCode.NotSupported, ErrorCode.Corrupt, ErrorCode.Cancel, ErrorCode.NotReady, new(4711)];

    public static TheoryData<bool, bool, DriveState> States => OrderLab.StateData;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(States))]
    public async Task A_call_that_fails_fails_its_drives_or_refuses_the_snapshot_exactly_for_the_codes_of_its_rule(bool restore, bool proxied, DriveState state)
    {
        DriveKey key = proxied ? OrderLab.COfOne : OrderLab.C;
        foreach (OwnerCallKind kind in OwnerCallRules.LegalCalls(state))
        {
            foreach (ErrorCode code in Codes)
            {
                OrderLab lab = await OrderLab.InAsync(restore, proxied, state);
                IReadOnlyList<DriveKey> concerned = lab.Order.Concerned(OrderLab.CallOf(kind, key, last: false));
                DriveState[] before = [.. concerned.Select(lab.Order.StateOf)];
                lab.Owner.Fails = code;

                OwnerCallResult result = await lab.CallAsync(kind, key);

                Assert.Equal((code, null), (result.Failure!.Code, result.Failure.Refusal));
                CallEnding ending = OwnerCallRules.Of(kind).RefusalCodes.Contains(code) ? CallEnding.SnapshotRefused : CallEnding.Failed;
                Assert.All(concerned, (d, i) => Assert.Equal((kind, code, OrderLab.After(kind, before[i], ending)), (kind, code, lab.Order.StateOf(d))));
            }
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task A_call_that_was_given_up_fails_its_drives_whatever_its_code(bool restore, bool proxied, DriveState state)
    {
        DriveKey key = proxied ? OrderLab.COfOne : OrderLab.C;
        foreach (OwnerCallKind kind in OwnerCallRules.LegalCalls(state).Except([OwnerCallKind.TerminateMultiStageOperation]))
        {
            foreach (ErrorCode code in Codes)
            {
                OrderLab lab = await OrderLab.InAsync(restore, proxied, state);
                IReadOnlyList<DriveKey> concerned = lab.Order.Concerned(OrderLab.CallOf(kind, key, last: false));
                DriveState[] before = [.. concerned.Select(lab.Order.StateOf)];
                (lab.Owner.Fails, lab.Owner.IsGivenUp) = (code, true);

                await lab.CallAsync(kind, key);

                Assert.All(concerned, (d, i) => Assert.Equal((kind, code, OrderLab.After(kind, before[i], CallEnding.Failed)), (kind, code, lab.Order.StateOf(d))));
            }
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task Terminate_moves_the_drives_before_it_reaches_the_owner(bool restore, bool proxied, DriveState state)
    {
        OrderLab lab = await OrderLab.InAsync(restore, proxied, state);
        DriveKey key = proxied ? OrderLab.COfOne : OrderLab.C;
        lab.Owner.Hangs = true;

        ValueTask<OwnerCallResult> terminate = lab.CallAsync(OwnerCallKind.TerminateMultiStageOperation, key);

        Assert.False(terminate.IsCompleted);
        Assert.Equal((OrderLab.After(OwnerCallKind.TerminateMultiStageOperation, state, CallEnding.Done), null), (lab.Order.StateOf(key), lab.Order.Open));
        lab.Owner.EndLate(failed: true);
        Assert.Equal(ErrorCode.General, (await terminate).Failure!.Code);
        Assert.Equal(OrderLab.After(OwnerCallKind.TerminateMultiStageOperation, state, CallEnding.Done), lab.Order.StateOf(key));
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task A_call_that_ends_after_Terminate_moves_no_drive(bool restore, bool proxied, DriveState state)
    {
        DriveKey key = proxied ? OrderLab.COfOne : OrderLab.C;
        foreach (OwnerCallKind kind in OwnerCallRules.LegalCalls(state).Except([OwnerCallKind.TerminateMultiStageOperation]))
        {
            foreach (bool failed in new[] { false, true })
            {
                OrderLab lab = await OrderLab.InAsync(restore, proxied, state);
                lab.Owner.Hangs = true;
                ValueTask<OwnerCallResult> late = lab.CallAsync(kind, key, last: true);
                lab.Owner.Hangs = false;
                await lab.CallAsync(OwnerCallKind.TerminateMultiStageOperation, key);
                DriveState terminated = lab.Order.StateOf(key);

                lab.Owner.EndLate(failed);
                await late;

                // Data that is in place stays in place, and a call that failed there still fails the drive.
                DriveState expected = failed && OwnerCallRules.IsCompleted(state) ? DriveState.Failed : terminated;
                Assert.Equal((kind, failed, expected, null), (kind, failed, lab.Order.StateOf(key), lab.Order.Open));
            }
        }
    }

    [Fact]
    public async Task The_side_that_has_the_bytes_ends_the_stream_and_not_the_other()
    {
        FuncChannel finishes = new((_, _) => new(new OwnerCallResult { Section = new SectionResult(0, Finished: true) }));
        await using LegalOrder calls = new(finishes, "notes", () => DataOwnerStatus.Ready);
        BurMode mode = BurMode.Of(BurPartType.RestoreFull, BackupIncType.Base);
        await calls.InvokeAsync(OwnerCall.Begin(new BurModeInfo(DriveList.Of(DriveNumber.C), mode)), Token);
        await calls.InvokeAsync(OwnerCall.On(OwnerCallKind.InitialiseRestoreBaseData, DriveNumber.C), Token);
        OrderLab lab = await OrderLab.InAsync(restore: false, proxied: false, DriveState.BackupDataOpen);

        await calls.InvokeAsync(OwnerCall.Give(OwnerCallKind.RestoreBaseDataSection, OrderLab.C, new byte[1], last: false), Token);
        await lab.Calls.InvokeAsync(OwnerCall.Take(OwnerCallKind.GetBackupDataSection, OrderLab.C, new byte[8]) with { Last = true }, Token);

        Assert.Equal((DriveState.RestoreBaseOpen, DriveState.BackupDataOpen), (calls.Order.StateOf(OrderLab.C), lab.Order.StateOf(OrderLab.C)));
    }

    [Fact]
    public async Task A_channel_that_throws_fails_the_drive_and_the_next_call_is_not_refused_as_busy()
    {
        bool throws = false;
        FuncChannel channel = new((_, _) => throws ? throw new IOException("the way is gone") : default);
        await using LegalOrder calls = new(channel, "notes", () => DataOwnerStatus.Ready);
        BurMode mode = BurMode.Of(BurPartType.BackupFull, BackupIncType.Base);
        await calls.InvokeAsync(OwnerCall.Begin(new BurModeInfo(DriveList.Of(DriveNumber.C), mode)), Token);
        throws = true;

        await Assert.ThrowsAsync<IOException>(async () => await calls.InvokeAsync(OwnerCall.On(OwnerCallKind.GetDataChecksum, DriveNumber.C), Token));

        throws = false;
        Assert.Equal(DriveState.Failed, calls.Order.StateOf(OrderLab.C));
        Assert.Null((await calls.InvokeAsync(OwnerCall.TakeRemarks(), Token)).Failure);
    }
}
