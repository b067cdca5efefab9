using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class DefinitionTests
{
    [Fact(Timeout = 60000)]
    public async Task A_reader_in_the_middle_of_a_write_waits_for_its_end()
    {
        var gate = new Gate();
        var definition = new Definition(
            PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, new SecureId(1), true, [], PropertyLifetime.Store, 1);
        gate.Enter();
        definition.BeginWrite();
        definition.PutInt(1, 1);
        Task<(int, long)> reader = Task.Factory.StartNew(
            () =>
            {
                definition.ReadInt(gate, out int value, out long stamp);
                return (value, stamp);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        while (!reader.IsCompleted && !gate.HasSleepers)
        {
            Thread.Yield();
        }

        definition.PutInt(2, 2);
        definition.EndWrite();
        gate.Exit();
        Assert.Equal((2, 2L), await reader);
    }
}
