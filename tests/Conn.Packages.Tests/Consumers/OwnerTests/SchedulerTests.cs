using System.Reactive.Disposables;
using System.Reactive.Linq;
using Conn.Testing.Time;
using Microsoft.Reactive.Testing;
using Xunit;

/// <summary>The virtual scheduler of Microsoft.Reactive.Testing, by itself and as the scheduler of Conn's virtual time.</summary>
public sealed class SchedulerTests
{
    [Fact]
    public void A_test_schedules_at_a_moment_of_virtual_time()
    {
        TestScheduler scheduler = new();
        List<long> moments = [];
        scheduler.ScheduleAbsolute(0, 200, (s, _) => { moments.Add(scheduler.Clock); return Disposable.Empty; });
        ITestableObserver<long> observer = scheduler.CreateObserver<long>();
        using IDisposable subscription = Observable.Interval(TimeSpan.FromTicks(100), scheduler).Take(3).Subscribe(observer);

        scheduler.Start();

        Assert.Equal([200], moments);
        Assert.Equal([100, 200, 300], observer.Messages.Take(3).Select(m => m.Time));
    }

    [Fact]
    public void An_hour_passes_at_once() => VirtualTime.Run(async time =>
    {
        DateTimeOffset start = time.Clock.GetUtcNow();
        await Observable.Timer(TimeSpan.FromHours(1), time.Scheduler);
        Assert.Equal(TimeSpan.FromHours(1), time.Clock.GetUtcNow() - start);
    });
}
