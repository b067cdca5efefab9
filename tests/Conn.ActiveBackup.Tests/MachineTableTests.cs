using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Xunit;

namespace Conn.ActiveBackup.Tests;

public sealed class MachineTableTests
{
    public static TheoryData<DriveState> DriveStates => [.. Enum.GetValues<DriveState>()];

    public static TheoryData<DataOwnerStatus> Statuses => [.. Enum.GetValues<DataOwnerStatus>()];

    [Theory]
    [MemberData(nameof(DriveStates))]
    public void Every_pair_of_drive_state_and_step_is_a_row_or_a_refusal(DriveState state) => Assert.All(
        from call in Enum.GetValues<OwnerCallKind>() from ending in Enum.GetValues<CallEnding>() select new OwnerCallStep(call, ending),
        step => Holds(OwnerCallRules.Machine, state, step));

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Every_pair_of_status_and_event_is_a_row_or_a_refusal(DataOwnerStatus state) =>
        Assert.All(Enum.GetValues<ReadinessEvent>(), e => Holds(ReadinessTable.Instance, state, e));

    [Fact]
    public void Failed_is_left_only_by_the_end_of_the_operation() => Assert.Equal([ReadinessEvent.End],
        ReadinessTable.Instance.Rows.Where(r => r.From == DataOwnerStatus.Failed && r.To != DataOwnerStatus.Failed).Select(r => r.Event));

    [Fact]
    public void A_table_with_two_rows_for_one_pair_is_refused() => Assert.Throws<ArgumentException>(() =>
        new MachineTable<DataOwnerStatus, ReadinessEvent>("twice", DataOwnerStatus.NotReady,
        [
            new(DataOwnerStatus.NotReady, ReadinessEvent.Close, DataOwnerStatus.NotConnected),
            new(DataOwnerStatus.NotReady, ReadinessEvent.Close, DataOwnerStatus.Failed),
        ]));

    /// <summary>Every call of every owner takes several steps on both sides; a machine fired for each cost kilobytes.</summary>
    [Fact]
    public void A_step_allocates_nothing_legal_or_not()
    {
        MachineRow<DriveState, OwnerCallStep>[] rows = [.. OwnerCallRules.Machine.Rows];
        Steps(rows);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Steps(rows);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Steps(MachineRow<DriveState, OwnerCallStep>[] rows)
        {
            foreach (MachineRow<DriveState, OwnerCallStep> row in rows)
            {
                OwnerCallRules.Machine.TryFire(row.From, row.Event, out _);
                OwnerCallRules.Machine.TryFire(DriveState.Terminated, row.Event, out _);
            }
        }
    }

    /// <summary>The Stateless machine and the table's rows say the same of every pair; a refusal names what is legal and changes nothing.</summary>
    private static void Holds<TState, TEvent>(MachineTable<TState, TEvent> table, TState state, TEvent @event)
        where TState : struct, Enum
        where TEvent : struct
    {
        MachineRow<TState, TEvent>[] rows = [.. table.Rows.Where(r => r.From.Equals(state) && r.Event.Equals(@event))];
        if (rows.Length == 1)
        {
            Assert.Equal(rows[0].To, table.Fire(state, @event, "x"));
            Assert.Contains(@event, table.LegalEvents(state));
            return;
        }

        Assert.False(table.TryFire(state, @event, out TState next));
        Assert.Equal(state, next);
        IllegalEventException refused = Assert.Throws<IllegalEventException>(() => table.Fire(state, @event, "x"));
        Assert.Equal((state.ToString(), @event.ToString()), (refused.State, refused.Event));
        Assert.Equal(table.LegalEvents(state).Select(e => e.ToString()), refused.LegalEvents);
    }
}
