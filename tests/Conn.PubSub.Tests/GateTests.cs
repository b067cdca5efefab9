using Xunit;

namespace Conn.PubSub.Tests;

public sealed class GateTests
{
    [Fact(Timeout = 60000)]
    public async Task Nobody_is_inside_together_and_nobody_is_left_outside()
    {
        const int Threads = 6;
        const int Times = 40_000;
        var gate = new Gate();
        long counter = 0;
        int inside = 0;
        await AllPass(Enumerable.Range(0, Threads).Select(t => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < Times; i++)
                {
                    using (gate.Take())
                    {
                        Assert.Equal(1, ++inside);
                        counter++;
                        if ((i & 1023) == t)
                        {
                            // Held over a change of threads, so that others go to sleep.
                            Thread.Yield();
                        }

                        inside--;
                    }
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        Assert.Equal(Threads * Times, counter);
    }

    [Fact(Timeout = 60000)]
    public async Task Who_sleeps_is_woken_each_time()
    {
        var gate = new Gate();
        for (int i = 0; i < 200; i++)
        {
            gate.Enter();
            Task[] sleepers = [.. Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    gate.Enter();
                    gate.Exit();
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))];
            Thread.Yield();
            gate.Exit();
            await AllPass(sleepers);
        }
    }

    /// <summary>Fails by name when somebody sleeps on.</summary>
    private static async Task AllPass(IEnumerable<Task> tasks)
    {
        var all = Task.WhenAll(tasks);
        Task first = await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.True(first == all, "Somebody was left outside.");
        await all;
    }
}
