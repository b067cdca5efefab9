using System.Runtime.CompilerServices;
using Conn.Engine.Loop;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The thread of an engine: what is posted to it and its timers.</summary>
public sealed class EngineThreadTests
{
    [Fact]
    public async Task Actions_and_timers_that_throw_do_not_end_the_thread()
    {
        EventLog<Exception> failures = new();
        EventLog<string> ran = new();
        using EngineThread thread = new(failures.Add);

        thread.Post(() => throw new InvalidOperationException("posted"));
        await using ITimer timer = thread.CreateTimer(_ => throw new InvalidOperationException("timer"), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await failures.WaitForAsync(2, "both failures are reported");
        thread.Post(() => ran.Add("after"));
        await ran.WaitForAsync(1, "the thread runs what is posted afterwards");

        Assert.Equal(["posted", "timer"], failures.Events.Select(e => e.Message).Order());
    }

    [Fact]
    public async Task Timers_run_in_the_order_in_which_they_are_due_and_on_one_thread()
    {
        EventLog<(int Timer, int Thread)> ran = new();
        using EngineThread thread = new(_ => { });
        int[] due = [60, 20, 40, 0];

        ITimer[] timers = [.. due.Select((ms, i) => thread.CreateTimer(_ => ran.Add((i, Environment.CurrentManagedThreadId)), null,
            TimeSpan.FromMilliseconds(ms), Timeout.InfiniteTimeSpan))];
        await ran.WaitForAsync(due.Length, "every timer runs");

        Assert.Equal([3, 1, 2, 0], ran.Events.Select(e => e.Timer));
        Assert.Single(ran.Events.Select(e => e.Thread).Distinct());
        Assert.All(timers, t => t.Dispose());
    }

    [Fact]
    public async Task A_timer_with_a_period_runs_until_it_is_disposed()
    {
        EventLog<int> ran = new();
        using EngineThread thread = new(_ => { });
        ITimer? timer = null;
        timer = thread.CreateTimer(_ =>
        {
            ran.Add(ran.Events.Count);
            if (ran.Events.Count == 3)
            {
                timer!.Dispose();
            }
        }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        await ran.WaitForAsync(3, "the timer runs three times");
        TaskCompletionSource later = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ITimer last = thread.CreateTimer(_ => later.SetResult(), null, TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan);
        await later.Task.Within("a later timer runs");

        Assert.Equal(3, ran.Events.Count);
    }

    [Fact]
    public void A_timer_that_is_disposed_long_before_it_is_due_keeps_nothing_alive()
    {
        using EngineThread thread = new(_ => { });
        // As the engine's renewal of leases, which is always due before a long time-out.
        using ITimer earlier = thread.CreateTimer(_ => { }, null, TimeSpan.FromHours(1), TimeSpan.FromHours(1));

        WeakReference[] states = [.. Enumerable.Range(0, 100).Select(_ => MakeAndDispose(thread))];
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        int alive = states.Count(s => s.IsAlive);
        Assert.True(alive <= 1, $"Expected: the state of a disposed timer is free. Actual: {alive} of {states.Length} are kept.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference MakeAndDispose(EngineThread thread)
    {
        object state = new();
        thread.CreateTimer(_ => { }, state, TimeSpan.FromDays(24), Timeout.InfiniteTimeSpan).Dispose();
        return new WeakReference(state);
    }
}
