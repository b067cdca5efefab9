using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Xunit;

namespace Conn.ActiveBackup.Tests;

public sealed class MachineTableTests
{
    public static TheoryData<DriveState, CallbackEvent> CallbackPairs => Pairs<DriveState, CallbackEvent>();

    public static TheoryData<DataOwnerStatus, ReadinessEvent> ReadinessPairs => Pairs<DataOwnerStatus, ReadinessEvent>();

    [Theory]
    [MemberData(nameof(CallbackPairs))]
    public void Every_pair_of_drive_state_and_event_is_a_row_or_a_refusal(DriveState state, CallbackEvent @event) => Holds(CallbackTable.Instance, state, @event);

    [Theory]
    [MemberData(nameof(ReadinessPairs))]
    public void Every_pair_of_status_and_event_is_a_row_or_a_refusal(DataOwnerStatus state, ReadinessEvent @event) => Holds(ReadinessTable.Instance, state, @event);

    [Fact]
    public void Terminate_is_legal_in_every_state_and_idempotent() => Assert.All(Enum.GetValues<DriveState>(), s =>
    {
        DriveState once = CallbackTable.Instance.Fire(s, CallbackEvent.Terminate, "x");
        Assert.Equal(once, CallbackTable.Instance.Fire(once, CallbackEvent.Terminate, "x"));
        Assert.False(CallbackTable.IsOpen(once));
    });

    [Fact]
    public void Failed_is_left_only_by_the_end_of_the_operation() =>
        Assert.Equal([ReadinessEvent.End], ReadinessTable.Instance.Rows.Where(r => r.From == DataOwnerStatus.Failed && r.To != DataOwnerStatus.Failed).Select(r => r.Event));

    [Fact]
    public void A_snapshot_is_never_taken_after_the_data_was_opened()
    {
        HashSet<DriveState> after = Reachable(DriveState.BackupDataOpen);
        Assert.DoesNotContain(CallbackTable.Instance.Rows, r => after.Contains(r.From) && r.Event is CallbackEvent.ReceiveSnapshotData or CallbackEvent.ReceiveLastSnapshotData);
        after = Reachable(DriveState.RestoreBaseOpen);
        Assert.DoesNotContain(CallbackTable.Instance.Rows, r => after.Contains(r.From) && r.Event is CallbackEvent.ReceiveSnapshotData or CallbackEvent.ReceiveLastSnapshotData);
    }

    [Fact]
    public void A_table_with_two_rows_for_one_pair_is_refused() => Assert.Throws<ArgumentException>(() => new MachineTable<DataOwnerStatus, ReadinessEvent>("twice", DataOwnerStatus.NotReady,
    [
        new(DataOwnerStatus.NotReady, ReadinessEvent.Close, DataOwnerStatus.NotConnected), new(DataOwnerStatus.NotReady, ReadinessEvent.Close, DataOwnerStatus.Failed),
    ]));

    /// <summary>Every callback of every owner takes several steps on both sides; a machine fired for each cost kilobytes.</summary>
    [Fact]
    public void A_step_allocates_nothing_legal_or_not()
    {
        MachineRow<DriveState, CallbackEvent>[] rows = [.. CallbackTable.Instance.Rows];
        Steps(rows);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Steps(rows);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Steps(MachineRow<DriveState, CallbackEvent>[] rows)
        {
            foreach (MachineRow<DriveState, CallbackEvent> row in rows)
            {
                CallbackTable.Instance.TryFire(row.From, row.Event, out _);
                CallbackTable.Instance.TryFire(DriveState.Terminated, row.Event, out _);
            }
        }
    }

    private static HashSet<DriveState> Reachable(DriveState from)
    {
        HashSet<DriveState> seen = [from];
        while (CallbackTable.Instance.Rows.Any(r => seen.Contains(r.From) && seen.Add(r.To)))
        {
        }

        return seen;
    }

    /// <summary>The Stateless machine and the table's rows say the same of every pair; a refusal names what is legal and changes nothing.</summary>
    private static void Holds<TState, TEvent>(MachineTable<TState, TEvent> table, TState state, TEvent @event)
        where TState : struct, Enum
        where TEvent : struct, Enum
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

    private static TheoryData<TState, TEvent> Pairs<TState, TEvent>()
        where TState : struct, Enum
        where TEvent : struct, Enum
    {
        TheoryData<TState, TEvent> pairs = [];
        foreach (TState state in Enum.GetValues<TState>())
        {
            foreach (TEvent @event in Enum.GetValues<TEvent>())
            {
                pairs.Add(state, @event);
            }
        }

        return pairs;
    }
}
