using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;
using Conn.PubSub;
using Xunit;

namespace Conn.Simulation.Tables;

/// <summary>The tables are what the protocol says, and no row of them can be dropped or redirected unnoticed.</summary>
public sealed class TableMutationTests
{
    [Fact]
    public void The_table_of_calls_is_the_protocol() => Assert.Null(OrderRules.Check(OwnerCallRules.Machine));

    [Fact]
    public void The_table_of_readiness_is_the_protocol() => Assert.Null(OrderRules.Check(ReadinessTable.Instance));

    [Fact]
    public void The_table_of_modes_is_the_protocol() => Assert.Null(OrderRules.Check(BurModeTable.Instance));

    [Fact]
    public void No_row_can_be_dropped_or_redirected_unnoticed()
    {
        Killed<DriveState, OwnerCallStep>(OwnerCallRules.Machine, OrderRules.Check);
        Killed<DataOwnerStatus, ReadinessEvent>(ReadinessTable.Instance, OrderRules.Check);
        Killed<BurPartType, BurModeEvent>(BurModeTable.Instance, OrderRules.Check);
    }

    private static void Killed<TState, TEvent>(MachineTable<TState, TEvent> table, Func<MachineTable<TState, TEvent>, string?> check)
        where TState : struct, Enum
        where TEvent : struct => Assert.All(
            TableMutations.Of(table), m => Assert.True(check(new MachineTable<TState, TEvent>(table.Name, table.Initial, m.Rows)) is not null, m.What));
}
