using Conn.ActiveBackup.Timing;
using Conn.Testing.Time;
using CsCheck;
using Microsoft.Reactive.Testing;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>When a countdown runs out, and when it does not.</summary>
public sealed class CountdownTests
{
    private readonly TestScheduler _scheduler = new();
    private readonly List<(long Milliseconds, object? State)> _ranOut = [];

    private long Now => _scheduler.Clock / TimeSpan.TicksPerMillisecond;

    [Fact]
    public void It_runs_out_once_after_its_length_and_gives_the_state_that_it_was_started_with()
    {
        using Countdown countdown = Make();
        Start(countdown, 50, "a");

        Advance(49);
        Assert.Empty(_ranOut);
        Advance(1000);

        Assert.Equal([(50, "a")], _ranOut);
    }

    [Fact]
    public void A_renewal_begins_the_whole_length_again()
    {
        using Countdown countdown = Make();
        Start(countdown, 50, "a");
        Advance(40);
        countdown.Renew();
        Advance(40);
        countdown.Renew();

        Advance(1000);

        Assert.Equal([(130, "a")], _ranOut);
    }

    [Theory]
    [InlineData(50, 20)]
    [InlineData(20, 50)]
    public void Started_again_it_runs_out_after_the_new_length_with_the_new_state(long first, long second)
    {
        using Countdown countdown = Make();
        Start(countdown, first, "first");
        Advance(10);
        Start(countdown, second, "second");

        Advance(1000);

        Assert.Equal([(10 + second, "second")], _ranOut);
    }

    [Fact]
    public void Stopped_it_does_not_run_out_until_it_is_started_again_and_a_renewal_does_not_start_it()
    {
        using Countdown countdown = Make();
        Start(countdown, 50, "a");
        Advance(10);
        countdown.Stop();
        countdown.Renew();
        Advance(1000);
        Assert.Empty(_ranOut);

        Start(countdown, 30, "b");
        Advance(1000);

        Assert.Equal([(1040, "b")], _ranOut);
    }

    [Fact]
    public void Stopped_and_started_again_before_the_timer_was_due_it_runs_out_after_the_new_length()
    {
        using Countdown countdown = Make();
        Start(countdown, 50, "a");
        Advance(40);
        countdown.Stop();
        Start(countdown, 30, "b");

        Advance(1000);

        Assert.Equal([(70, "b")], _ranOut);
    }

    [Fact]
    public void An_infinite_length_never_runs_out_and_ends_a_finite_one()
    {
        using Countdown countdown = Make();
        Start(countdown, 50, "a");
        countdown.Start(Timeout.InfiniteTimeSpan, "b");

        Advance(100_000);

        Assert.Empty(_ranOut);
    }

    [Fact]
    public void Disposed_it_does_not_run_out_and_can_be_used_without_effect()
    {
        Countdown countdown = Make();
        Start(countdown, 50, "a");
        countdown.Dispose();
        Start(countdown, 10, "b");
        countdown.Renew();
        countdown.Stop();
        countdown.Dispose();

        Advance(1000);

        Assert.Empty(_ranOut);
    }

    [Fact]
    public void The_handler_may_start_it_again()
    {
        Countdown? countdown = null;
        using (countdown = new Countdown(new SchedulerClock(_scheduler), s =>
        {
            _ranOut.Add((Now, s));
            Start(countdown!, 20, "again");
        }))
        {
            Start(countdown, 50, "a");
            Advance(75);
        }

        Advance(1000);
        Assert.Equal([(50, "a"), (70, "again")], _ranOut);
    }

    [Fact]
    public void Renewing_and_starting_again_set_no_new_timer()
    {
        CountingClock clock = new(new SchedulerClock(_scheduler));
        using Countdown countdown = new(clock, s => _ranOut.Add((Now, s)));
        for (int i = 0; i < 1000; i++)
        {
            Start(countdown, 50, i);
            Advance(1);
            countdown.Renew();
            countdown.Stop();
        }

        Assert.Equal(1, clock.Timers);
        Assert.InRange(clock.Changes, 0, 1000 / 50);
        Assert.Empty(_ranOut);
    }

    [Fact]
    public void Whatever_is_done_it_runs_out_exactly_when_nothing_was_heard_for_its_length() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[1, 40]).Array[0, 40].Sample(steps =>
        {
            TestScheduler scheduler = new();
            List<(long, object?)> seen = [];
            List<(long, object?)> expected = [];
            using Countdown countdown = new(new SchedulerClock(scheduler), s => seen.Add((scheduler.Clock / TimeSpan.TicksPerMillisecond, s)));
            (long now, long length, long renewed, object? state, bool running) = (0, 0, 0, null, false);
            foreach ((int step, int milliseconds) in steps)
            {
                switch (step)
                {
                    case 0:
                        (length, renewed, state, running) = (milliseconds, now, expected.Count + milliseconds, true);
                        countdown.Start(TimeSpan.FromMilliseconds(milliseconds), state);
                        break;
                    case 1:
                        renewed = now;
                        countdown.Renew();
                        break;
                    case 2:
                        running = false;
                        countdown.Stop();
                        break;
                    default:
                        now += milliseconds;
                        if (running && renewed + length <= now)
                        {
                            expected.Add((renewed + length, state));
                            running = false;
                        }

                        scheduler.AdvanceBy(milliseconds * TimeSpan.TicksPerMillisecond);
                        break;
                }

                Assert.Equal(expected, seen);
            }
        });

    private Countdown Make() => new(new SchedulerClock(_scheduler), s => _ranOut.Add((Now, s)));

    private static void Start(Countdown countdown, long milliseconds, object state) => countdown.Start(TimeSpan.FromMilliseconds(milliseconds), state);

    private void Advance(long milliseconds) => _scheduler.AdvanceBy(milliseconds * TimeSpan.TicksPerMillisecond);

    /// <summary>Counts the timers that are made, and how often they are set again.</summary>
    private sealed class CountingClock(TimeProvider inner) : TimeProvider
    {
        public int Timers { get; private set; }

        public int Changes { get; private set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers++;
            return new CountingTimer(this, inner.CreateTimer(callback, state, dueTime, period));
        }

        private sealed class CountingTimer(CountingClock clock, ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                clock.Changes++;
                return inner.Change(dueTime, period);
            }

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
