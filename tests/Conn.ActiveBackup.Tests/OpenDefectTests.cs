using Conn.ActiveBackup.Calls;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>Behaviour that is not right yet. Each test moves to the tests of its type when it passes.</summary>
public sealed class OpenDefectTests
{
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
}
