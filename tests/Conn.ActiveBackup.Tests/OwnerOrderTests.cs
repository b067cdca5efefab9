using Conn.ActiveBackup.Calls;
using CsCheck;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>The rules that span the drives of an owner.</summary>
public sealed class OwnerOrderTests
{
    public static TheoryData<bool, DriveState> OpenStates
    {
        get
        {
            TheoryData<bool, DriveState> data = [];
            foreach ((bool restore, _, DriveState state) in OrderLab.States.Where(s => !s.Proxied && OwnerCallRules.IsOpen(s.State)))
            {
                data.Add(restore, state);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(OpenStates))]
    public async Task While_a_drive_has_a_stream_open_no_other_drive_gets_a_call(bool restore, DriveState state)
    {
        OrderLab lab = await OrderLab.BeginAsync(restore, OrderLab.C, OrderLab.E);
        await lab.LeadAsync(OrderLab.C, state);
        int calls = lab.Owner.Calls;
        foreach (DriveKey other in new[] { OrderLab.E, OrderLab.COfOne })
        {
            DriveState before = lab.Order.StateOf(other);
            OwnerCallKind[] legal = [.. OwnerCallRules.LegalCalls(before).Where(k => OwnerCallRules.Of(k).Span == CallSpan.Drive)];
            Assert.NotEmpty(legal);
            foreach (OwnerCallKind kind in legal)
            {
                OrderRefusal? refusal = (await lab.CallAsync(kind, other)).Failure?.Refusal;

                Assert.Equal((kind, other, before, RefusalReason.OtherStreamOpen), (refusal!.Call, refusal.Drive, refusal.State, refusal.Reason));
                Assert.Equal((before, state, OrderLab.C), (lab.Order.StateOf(other), lab.Order.StateOf(OrderLab.C), lab.Order.Open));
            }
        }

        Assert.Equal(calls, lab.Owner.Calls);
    }

    [Theory]
    [MemberData(nameof(OpenStates))]
    public async Task When_the_stream_of_a_drive_has_ended_another_drive_gets_its_calls(bool restore, DriveState state)
    {
        OrderLab lab = await OrderLab.BeginAsync(restore, OrderLab.C, OrderLab.E);
        await lab.LeadAsync(OrderLab.C, state);
        OwnerCallKind section = Assert.Single(OwnerCallRules.LegalCalls(state), k => k != OwnerCallKind.TerminateMultiStageOperation);

        Assert.Null((await lab.CallAsync(section, OrderLab.C, last: true)).Failure);

        Assert.Null(lab.Order.Open);
        OwnerCallKind first = OwnerCallRules.LegalCalls(lab.Order.StateOf(OrderLab.E)).First(k => OwnerCallRules.Of(k).Span == CallSpan.Drive);
        Assert.Null((await lab.CallAsync(first, OrderLab.E)).Failure);
    }

    [Fact]
    public async Task AllSnapshotsSupplied_moves_each_drive_by_its_own_row()
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: false, OrderLab.C, OrderLab.E);
        await lab.LeadAsync(OrderLab.C, DriveState.BackupSnapshotGiven);

        Assert.Null((await lab.CallAsync(OwnerCallKind.AllSnapshotsSupplied, OrderLab.C)).Failure);

        Assert.Equal((DriveState.BackupIncrement, DriveState.BackupBase), (lab.Order.StateOf(OrderLab.C), lab.Order.StateOf(OrderLab.E)));
    }

    [Theory]
    [InlineData(OwnerCallKind.AllSnapshotsSupplied, DriveState.BackupSnapshotOpen)]
    [InlineData(OwnerCallKind.AllSnapshotsSupplied, DriveState.Failed)]
    [InlineData(OwnerCallKind.Recover, DriveState.BackupSnapshotGiven)]
    [InlineData(OwnerCallKind.Recover, DriveState.Failed)]
    public async Task A_call_of_all_own_drives_moves_every_drive_or_none(OwnerCallKind kind, DriveState state)
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: false, OrderLab.C, OrderLab.E);
        await lab.LeadAsync(OrderLab.E, state);
        int calls = lab.Owner.Calls;

        OwnerCallResult result = await lab.CallAsync(kind, OrderLab.C);

        Assert.Equal(OwnerCallRules.IsOpen(state) ? RefusalReason.OtherStreamOpen : RefusalReason.State, result.Failure!.Refusal!.Reason);
        Assert.Equal((calls, DriveState.BackupFresh, state), (lab.Owner.Calls, lab.Order.StateOf(OrderLab.C), lab.Order.StateOf(OrderLab.E)));
    }

    [Fact]
    public async Task When_all_snapshots_are_refused_every_drive_gets_a_base()
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: false, OrderLab.C, OrderLab.E);
        await lab.LeadAsync(OrderLab.C, DriveState.BackupSnapshotGiven);
        lab.Owner.Fails = ErrorCode.Corrupt;

        await lab.CallAsync(OwnerCallKind.AllSnapshotsSupplied, OrderLab.C);

        Assert.Equal((DriveState.BackupBase, DriveState.BackupBase), (lab.Order.StateOf(OrderLab.C), lab.Order.StateOf(OrderLab.E)));
    }

    [Theory]
    [InlineData(OwnerCallKind.AllSnapshotsSupplied)]
    [InlineData(OwnerCallKind.Recover)]
    public async Task A_failed_call_of_all_own_drives_fails_every_own_drive(OwnerCallKind kind)
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: false, OrderLab.C, OrderLab.E);
        lab.Owner.Fails = ErrorCode.DiskFull;

        await lab.CallAsync(kind, OrderLab.C);

        Assert.Equal((DriveState.Failed, DriveState.Failed), (lab.Order.StateOf(OrderLab.C), lab.Order.StateOf(OrderLab.E)));
        Assert.Equal(DriveState.ProxyFresh, lab.Order.StateOf(OrderLab.COfOne));
    }

    [Fact]
    public async Task A_failed_call_of_one_drive_leaves_the_others()
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: true, OrderLab.C, OrderLab.E);
        await lab.LeadAsync(OrderLab.E, DriveState.RestoreDataDone);
        await lab.LeadAsync(OrderLab.C, DriveState.RestoreBaseOpen);

        await lab.StepAsync(OwnerCallStep.Failure, OrderLab.C);

        Assert.Equal((DriveState.Failed, DriveState.RestoreDataDone, null), (lab.Order.StateOf(OrderLab.C), lab.Order.StateOf(OrderLab.E), lab.Order.Open));
        lab.Owner.Fails = ErrorCode.Success;
        Assert.Null((await lab.CallAsync(OwnerCallKind.PrepareRestore, OrderLab.E)).Failure);
    }

    [Fact]
    public async Task Terminate_ends_every_drive_also_one_on_which_nothing_has_happened_and_leaves_what_is_in_place()
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: true, OrderLab.C, OrderLab.E);
        await lab.LeadAsync(OrderLab.COfOne, DriveState.ProxyRestoreCompleted);
        await lab.LeadAsync(OrderLab.COfTwo with { Drive = OrderLab.E.Drive }, DriveState.ProxyRestoreOpen);
        DriveKey[] keys = [OrderLab.C, OrderLab.E, OrderLab.COfOne, OrderLab.COfTwo with { Drive = OrderLab.E.Drive }, OrderLab.COfTwo];
        DriveState[] after = [DriveState.Terminated, DriveState.Terminated, DriveState.ProxyRestoreCompleted, DriveState.Terminated, DriveState.Terminated];

        for (int i = 0; i < 2; i++)
        {
            await lab.CallAsync(OwnerCallKind.TerminateMultiStageOperation, OrderLab.C);

            Assert.Equal(after, keys.Select(lab.Order.StateOf));
            Assert.Null(lab.Order.Open);
        }

        Assert.Equal(RefusalReason.State, (await lab.CallAsync(OwnerCallKind.InitialiseRestoreBaseData, OrderLab.E)).Failure!.Refusal!.Reason);
    }

    [Fact]
    public async Task Terminate_ends_also_a_drive_that_the_operation_did_not_name()
    {
        OrderLab lab = await OrderLab.BeginAsync(restore: true, OrderLab.C);
        await lab.CallAsync(OwnerCallKind.InitialiseRestoreBaseData, OrderLab.E);

        await lab.CallAsync(OwnerCallKind.TerminateMultiStageOperation, OrderLab.C);

        Assert.Equal((DriveState.Terminated, null), (lab.Order.StateOf(OrderLab.E), lab.Order.Open));
    }

    [Fact]
    public void Whatever_is_asked_at_most_one_stream_is_open_and_a_refusal_changes_nothing()
    {
        DriveKey[] keys = [OrderLab.C, OrderLab.E, OrderLab.COfOne, OrderLab.COfTwo, new(DriveNumber.FromLetter('Z'))];
        Gen<(int Key, OwnerCallKind Kind, bool Last, int Fails)[]> calls =
            Gen.Select(Gen.Int[0, keys.Length - 1], Gen.Enum<OwnerCallKind>().Where(k => k != OwnerCallKind.Begin), Gen.Bool, Gen.Int[0, 11]).Array[0, 60];
        Gen.Select(Gen.Bool, calls).Sample((restore, made) =>
        {
            OrderLab lab = Now(OrderLab.BeginAsync(restore, OrderLab.C, OrderLab.E));
            foreach ((int key, OwnerCallKind kind, bool last, int fails) in made)
            {
                lab.Owner.Fails = fails switch { 0 => ErrorCode.General, 1 or 2 => ErrorCode.NotSupported, _ => ErrorCode.Success };
                DriveState[] before = [.. keys.Select(lab.Order.StateOf)];
                int reached = lab.Owner.Calls;

                OwnerCallResult result = Now(lab.CallAsync(kind, keys[key], last).AsTask());

                DriveKey[] open = [.. keys.Where(k => OwnerCallRules.IsOpen(lab.Order.StateOf(k)))];
                Assert.Equal(lab.Order.Open is { } one ? [one] : [], open);
                bool refused = result.Failure?.Refusal is not null;
                Assert.Equal(reached + (refused ? 0 : 1), lab.Owner.Calls);
                Assert.True(!refused || before.SequenceEqual(keys.Select(lab.Order.StateOf)), $"{kind} was refused and changed a state");
            }
        });
    }

    /// <summary>The result of calls that complete at once.</summary>
    private static T Now<T>(Task<T> task) =>
        task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("The call did not complete at once.");
}
