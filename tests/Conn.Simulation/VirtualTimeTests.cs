using System.Reactive.Concurrency;
using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Simulation;

/// <summary>The rules of virtual time: kept, they give one order; broken, they are named.</summary>
public sealed class VirtualTimeTests
{
    [Fact]
    public void A_continuation_that_comes_from_the_pool_is_reported() => Broken(async time =>
    {
        // Ends when the scenario waits already: what was over before would not have to come from anywhere.
        TaskCompletionSource awaited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task work = Task.Run(() => awaited.Task);
        time.Scheduler.Schedule(TimeSpan.FromSeconds(1), awaited.SetResult);
        await work;
    }, "continuation");

    [Fact]
    public void A_combination_over_what_completes_on_the_pool_is_reported() => Broken(async time =>
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        time.Scheduler.Schedule(TimeSpan.FromSeconds(1), source.SetResult);
        await Task.WhenAny(source.Task, new TaskCompletionSource().Task);
    }, "continuation");

    [Fact]
    public void A_scenario_that_goes_on_on_the_pool_is_reported() => Broken(async time =>
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        time.Scheduler.Schedule(TimeSpan.FromSeconds(1), source.SetResult);
        await source.Task.ConfigureAwait(false);
    }, "end of the scenario");

    [Fact]
    public void A_timer_asked_for_on_the_pool_is_reported() => Broken(async time =>
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        time.Scheduler.Schedule(TimeSpan.FromSeconds(1), source.SetResult);
        await source.Task.ConfigureAwait(false);
        await time.DelayAsync(TimeSpan.FromSeconds(1));
    }, "timer of the virtual clock");

    [Fact]
    public void A_cancellation_that_goes_over_the_pool_is_reported() => Broken(async time =>
    {
        using CancellationTokenSource cancel = new();
        using CancellationTokenRegistration registration = cancel.Token.Register(() => time.AssertOnPump("a cancellation"));
        await cancel.CancelAsync();
    }, "");

    [Fact]
    public void Real_work_may_use_threads_and_time_stands_still_meanwhile() => VirtualTime.Run(async time =>
    {
        Task timer = time.DelayAsync(TimeSpan.FromSeconds(1));
        int threads = await time.RealAsync(async () =>
        {
            await Task.Run(() => { });
            return await Task.Run(() => Environment.CurrentManagedThreadId);
        });

        Assert.NotEqual(Environment.CurrentManagedThreadId, threads);
        Assert.Equal(TimeSpan.Zero, time.Elapsed);
        Assert.False(timer.IsCompleted);
    });

    [Fact]
    public void Rx_and_async_code_share_one_clock() => VirtualTime.Run(async time =>
    {
        List<string> seen = [];
        using IDisposable ticks = Observable.Interval(TimeSpan.FromSeconds(2), time.Scheduler).Subscribe(n => seen.Add($"tick {n}"));
        await time.DelayAsync(TimeSpan.FromSeconds(3));
        seen.Add("delay");
        long third = await Observable.Timer(TimeSpan.FromSeconds(2), time.Scheduler).ToTask(TestContext.Current.CancellationToken);
        seen.Add($"timer {third}");

        Assert.Equal(["tick 0", "delay", "tick 1", "timer 0"], seen);
    });

    [Fact]
    public void What_nothing_will_bring_is_reported() => Broken(_ => new TaskCompletionSource().Task, "no timer will bring");

    private static void Broken(Func<VirtualTime, Task> scenario, string what)
    {
        for (int i = 0; i < 5; i++)
        {
            VirtualTimeException e = Assert.Throws<VirtualTimeException>(() => VirtualTime.Run(scenario));
            Assert.Contains(what, e.Message, StringComparison.Ordinal);
        }
    }
}
