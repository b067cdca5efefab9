using System.Threading.Channels;

namespace Conn.Hosting.Tests;

/// <summary>A clock whose timers wait until the test fires them.</summary>
internal sealed class TimerClock : TimeProvider
{
    private readonly Channel<(TimeSpan Due, Action Fire)> _timers = Channel.CreateUnbounded<(TimeSpan, Action)>();

    /// <summary>The next timer that is not that of a time-out.</summary>
    public async Task<(TimeSpan Due, Action Fire)> NextAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        (TimeSpan Due, Action Fire) timer;
        do
        {
            timer = await _timers.Reader.ReadAsync(cancellationToken);
        }
        while (timer.Due == timeout || timer.Due == Timeout.InfiniteTimeSpan);

        return timer;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _timers.Writer.TryWrite((dueTime, () => callback(state)));
        return new Fired();
    }

    private sealed class Fired : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
