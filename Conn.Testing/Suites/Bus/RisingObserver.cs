using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>An observer for races, which keeps no element: one call at a time, revisions rise, nothing after the end.</summary>
internal sealed class RisingObserver : IObserver<PropertyChange>
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _last = -1;
    private int _calls;
    private bool _ended;
    private volatile bool _closed;

    public Action<PropertyChange>? Then { get; init; }

    /// <summary>The revision with which <see cref="Reached"/> completes; a test may set it when it knows it.</summary>
    public long Awaited { get; init; } = long.MaxValue;

    public Task First => _first.Task;

    public Task Reached => _reached.Task;

    public int Count { get; private set; }

    public long Last => Volatile.Read(ref _last);

    public bool IsRunning => Volatile.Read(ref _calls) != 0;

    /// <summary>From now on a call is a failure.</summary>
    public void Close() => _closed = true;

    public void OnCompleted() => _ended = true;

    public void OnError(Exception error)
    {
        _ended = true;
        _reached.TrySetException(error);
    }

    public void OnNext(PropertyChange value)
    {
        int calls = Interlocked.Increment(ref _calls);
        try
        {
            Assert.Equal(1, calls);
            Assert.False(_closed || _ended, $"{value} after the end of the observation");
            Assert.True(value.Revision.Value > _last, $"{value} after {_last}");
            Assert.True(Count == 0 || !value.IsCurrent);
            Count++;
            Volatile.Write(ref _last, value.Revision.Value);
            _first.TrySetResult();
            Then?.Invoke(value);
            Assert.False(_closed, $"{value} was still delivered after the end of the observation");
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }

        if (_last >= Awaited)
        {
            _reached.TrySetResult();
        }
    }
}
