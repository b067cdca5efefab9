using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>Every state of a drive and every call, through the layer that both sides of a connection have.</summary>
public sealed class LegalOrderTests
{
    private static readonly OwnerCallKind[] Kinds = Enum.GetValues<OwnerCallKind>();
    private static readonly ErrorCode[] Codes = [ErrorCode.General, ErrorCode.NotSupported, ErrorCode.Corrupt, ErrorCode.Cancel, ErrorCode.NotReady, new(4711)];

    public static TheoryData<bool, bool, DriveState> States => OrderLab.StateData;

    public static TheoryData<DataOwnerStatus> Statuses => [.. Enum.GetValues<DataOwnerStatus>()];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_state_of_the_table_can_be_reached() =>
        Assert.Equal(Enum.GetValues<DriveState>().ToHashSet(), OrderLab.States.Select(s => s.State).ToHashSet());

    [Theory]
    [MemberData(nameof(States))]
    public async Task A_call_reaches_the_owner_exactly_when_the_table_has_a_row_and_is_refused_else(bool restore, bool proxied, DriveState state)
    {
        foreach (OwnerCallKind kind in Kinds)
        {
            foreach (bool last in new[] { false, true })
            {
                OrderLab lab = await OrderLab.InAsync(restore, proxied, state);
                DriveKey key = proxied ? OrderLab.COfOne : OrderLab.C;
                IReadOnlyList<DriveKey> concerned = lab.Order.Concerned(OrderLab.CallOf(kind, key, last));
                DriveState[] before = [.. concerned.Select(lab.Order.StateOf)];
                RefusalReason?[] reasons = Reasons(lab, OrderLab.CallOf(kind, key, last));
                DriveKey? open = lab.Order.Open;
                int calls = lab.Owner.Calls;
                lab.Owner.Fails = ErrorCode.Success;

                OwnerCallResult result = await lab.CallAsync(kind, key, last);

                int refusing = Array.FindIndex(reasons, r => r is not null);
                string what = $"{kind}{(last ? " last" : "")} in {state}";
                if (refusing < 0)
                {
                    Assert.True(result.Failure is null, $"{what}: {result.Failure}");
                    Assert.Equal((what, calls + 1), (what, lab.Owner.Calls));
                    CallEnding ending = last ? CallEnding.Last : CallEnding.Done;
                    Assert.All(concerned, (d, i) => Assert.Equal((what, OrderLab.After(kind, before[i], ending)), (what, lab.Order.StateOf(d))));
                    continue;
                }

                OrderRefusal? refusal = result.Failure?.Refusal;
                Assert.True(refusal is not null, $"{what} was not refused");
                Assert.Equal(ErrorCode.NotReady, result.Failure!.Code);
                Assert.Equal(("notes", kind, concerned[refusing], before[refusing], reasons[refusing]),
                    (refusal.Owner, refusal.Call, refusal.Drive, refusal.State, (RefusalReason?)refusal.Reason));
                Assert.Equal(reasons[refusing] == RefusalReason.State ? Legal(before[refusing]) : [], refusal.LegalCalls.ToHashSet());
                Assert.Equal((what, calls), (what, lab.Owner.Calls));
                Assert.Equal(before, concerned.Select(lab.Order.StateOf));
                Assert.Equal(open, lab.Order.Open);
            }
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task A_call_of_the_owner_as_a_whole_is_legal_in_every_state_and_moves_nothing(bool restore, bool proxied, DriveState state)
    {
        foreach (OwnerCallKind kind in new[] { OwnerCallKind.KeepAlive, OwnerCallKind.PlanRestore, OwnerCallKind.TakeRemarks })
        {
            foreach (ErrorCode code in Codes.Append(ErrorCode.Success))
            {
                OrderLab lab = await OrderLab.InAsync(restore, proxied, state);
                int calls = lab.Owner.Calls;
                lab.Owner.Fails = code;

                OwnerCallResult result = await lab.CallAsync(kind, OrderLab.C, last: true);

                Assert.Equal(code, result.Failure?.Code ?? ErrorCode.Success);
                Assert.Equal((calls + 1, state), (lab.Owner.Calls, lab.Order.StateOf(proxied ? OrderLab.COfOne : OrderLab.C)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task Begin_makes_every_drive_fresh_in_every_state_whether_it_fails_or_not(bool restore, bool proxied, DriveState state)
    {
        foreach (ErrorCode code in new[] { ErrorCode.Success, ErrorCode.General })
        {
            OrderLab lab = await OrderLab.InAsync(restore, proxied, state);
            lab.Owner.Fails = code;

            BurMode mode = BurMode.Of(restore ? BurPartType.BackupFull : BurPartType.RestoreFull, BackupIncType.Base);
            OwnerCallResult result = await lab.Calls.InvokeAsync(OwnerCall.Begin(new BurModeInfo(DriveList.Of(DriveNumber.C), mode)), Token);

            Assert.Equal(code, result.Failure?.Code ?? ErrorCode.Success);
            Assert.Equal(OrderLab.Fresh(!restore, proxied: false), lab.Order.StateOf(OrderLab.C));
            Assert.Equal(OrderLab.Fresh(!restore, proxied: true), lab.Order.StateOf(OrderLab.COfOne));
            Assert.Null(lab.Order.Open);
        }
    }

    [Fact]
    public async Task KeepAlive_passes_while_another_call_runs()
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: false, OrderLab.C);
        lab.Owner.Hangs = true;
        ValueTask<OwnerCallResult> running = lab.CallAsync(OwnerCallKind.Recover, OrderLab.C);
        lab.Owner.Hangs = false;

        OwnerCallResult alive = await lab.CallAsync(OwnerCallKind.KeepAlive, OrderLab.C);

        Assert.Null(alive.Failure);
        lab.Owner.EndLate(failed: false);
        Assert.Null((await running).Failure);
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task While_a_call_runs_every_other_call_but_Terminate_is_refused_and_changes_nothing(bool restore, bool proxied, DriveState state)
    {
        OrderLab lab = await OrderLab.InAsync(restore, proxied, state);
        DriveKey key = proxied ? OrderLab.COfOne : OrderLab.C;
        (lab.Owner.Hangs, lab.Owner.Fails) = (true, ErrorCode.Success);
        ValueTask<OwnerCallResult> running = lab.CallAsync(OwnerCallKind.TakeRemarks, key);
        int calls = lab.Owner.Calls;

        foreach (OwnerCallKind kind in Kinds.Except([OwnerCallKind.KeepAlive, OwnerCallKind.TerminateMultiStageOperation]))
        {
            RefusalReason expected = Reasons(lab, OrderLab.CallOf(kind, key, last: false)).FirstOrDefault(r => r is not null) ?? RefusalReason.Busy;

            ValueTask<OwnerCallResult> asked = lab.CallAsync(kind, key);

            // One that was passed on would wait without end.
            Assert.True(asked.IsCompleted, $"{kind} was not refused at once.");
            OrderRefusal refusal = (await asked).Failure!.Refusal!;
            Assert.Equal((kind, expected), (kind, refusal.Reason));
            Assert.True(expected != RefusalReason.Busy || refusal.LegalCalls.Count == 0);
            Assert.Equal((kind, calls, state), (kind, lab.Owner.Calls, lab.Order.StateOf(key)));
        }

        lab.Owner.EndLate(failed: false);
        Assert.Null((await running).Failure);
        lab.Owner.Hangs = false;
        Assert.Null((await lab.CallAsync(OwnerCallKind.TakeRemarks, key)).Failure);
    }

    [Fact]
    public async Task A_section_that_is_asked_for_while_another_is_on_its_way_neither_fails_the_drive_nor_disturbs_the_first()
    {
        OrderLab lab = await OrderLab.InAsync(restore: false, proxied: false, DriveState.BackupDataOpen);
        lab.Owner.Hangs = true;
        ValueTask<OwnerCallResult> first = lab.CallAsync(OwnerCallKind.GetBackupDataSection, OrderLab.C);

        ValueTask<OwnerCallResult> second = lab.CallAsync(OwnerCallKind.GetBackupDataSection, OrderLab.C);

        Assert.True(second.IsCompleted, "The second call was not refused at once.");
        Assert.Equal((RefusalReason.Busy, DriveState.BackupDataOpen), ((await second).Failure!.Refusal!.Reason, lab.Order.StateOf(OrderLab.C)));
        lab.Owner.EndLate(failed: false);
        Assert.Null((await first).Failure);
        Assert.Equal(DriveState.BackupDataOpen, lab.Order.StateOf(OrderLab.C));
    }

    [Fact]
    public async Task A_call_with_an_unknown_number_is_a_failure_and_does_not_reach_the_owner()
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: false, OrderLab.C);
        int calls = lab.Owner.Calls;

        foreach (int number in new[] { -1, Kinds.Length, 4711 })
        {
            OwnerCallResult result = await lab.Calls.InvokeAsync(OwnerCall.On((OwnerCallKind)number, DriveNumber.C), Token);
            Assert.Equal((ErrorCode.NotSupported, calls), (result.Failure!.Code, lab.Owner.Calls));
        }
    }

    [Fact]
    public async Task Before_an_operation_has_begun_only_calls_of_the_owner_as_a_whole_are_legal()
    {
        foreach (OwnerCallKind kind in Kinds.Except([OwnerCallKind.Begin]))
        {
            OrderLab lab = new();

            OwnerCallResult result = await lab.CallAsync(kind, OrderLab.C);

            bool legal = OwnerCallRules.Of(kind).Span is CallSpan.Owner or CallSpan.Everything;
            Assert.Equal((kind, legal ? 1 : 0), (kind, lab.Owner.Calls));
            Assert.Equal((kind, legal ? null : RefusalReason.NotBegun), (kind, result.Failure?.Refusal?.Reason));
            Assert.Equal(legal ? null : [OwnerCallKind.Begin], result.Failure?.Refusal?.LegalCalls);
        }
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task A_call_whose_rule_needs_readiness_is_refused_exactly_while_the_owner_is_not_ready(DataOwnerStatus status)
    {
        foreach ((bool restore, bool proxied, DriveState state) in OrderLab.States)
        {
            DriveKey key = proxied ? OrderLab.COfOne : OrderLab.C;
            foreach (OwnerCallKind kind in OwnerCallRules.LegalCalls(state))
            {
                OrderLab lab = await OrderLab.InAsync(restore, proxied, state);
                (lab.Status, lab.Owner.Fails) = (status, ErrorCode.Success);

                OwnerCallResult result = await lab.CallAsync(kind, key);

                bool refused = OwnerCallRules.Of(kind).NeedsReady && status != DataOwnerStatus.Ready;
                Assert.Equal((kind, state, refused ? RefusalReason.NotReady : null), (kind, state, result.Failure?.Refusal?.Reason));
            }
        }
    }

    [Fact]
    public async Task A_refusal_says_in_its_text_what_was_asked_in_which_state_and_what_is_legal()
    {
        OrderLab lab = await OrderLab.InAsync(restore: false, proxied: false, DriveState.BackupBase);

        OwnerCallFailure failure = (await lab.CallAsync(OwnerCallKind.GetSnapshotData, OrderLab.C)).Failure!;

        Assert.Equal(failure.Refusal!.ToString(), failure.Message);
        string[] words = ["GetSnapshotData", "notes", "drive C", "BackupBase", .. failure.Refusal.LegalCalls.Select(l => l.ToString())];
        Assert.All(words, w => Assert.Contains(w, failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disposing_the_order_disposes_the_channel_behind_it()
    {
        FuncChannel inner = new((_, _) => default);
        await new LegalOrder(inner, "notes", () => DataOwnerStatus.Ready).DisposeAsync();
        Assert.True(inner.IsDisposed);
    }

    /// <summary>Why each drive that a call concerns refuses it, by the rules alone; null for a drive that does not.</summary>
    private static RefusalReason?[] Reasons(OrderLab lab, OwnerCall call)
    {
        OwnerCallRule rule = OwnerCallRules.Of(call.Kind);
        return [.. lab.Order.Concerned(call).Select<DriveKey, RefusalReason?>(d => rule.Span == CallSpan.Everything ? null
            : rule.Transitions.All(r => r.From != lab.Order.StateOf(d)) ? RefusalReason.State
            : lab.Order.Open is { } open && open != d ? RefusalReason.OtherStreamOpen : null)];
    }

    private static HashSet<OwnerCallKind> Legal(DriveState state) =>
        [OwnerCallKind.TerminateMultiStageOperation, .. OwnerCallRules.All.Where(r => r.Transitions.Any(t => t.From == state)).Select(r => r.Call)];
}
