using System.Collections.Concurrent;
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>
/// Remembers each subscription of a pipeline, so that its end can be awaited. A call that runs while the pipeline ends may still subscribe to another source; Rx ends
/// that subscription too, but only when the call goes on.
/// </summary>
internal sealed class RememberedObservations
{
    private readonly ConcurrentQueue<Remembered> _begun = [];

    public IObservable<PropertyChange> Of(IObservable<PropertyChange> source) => new Source(source, _begun);

    /// <summary>Waits until no call of the pipeline runs, and requires that it has disposed every subscription.</summary>
    public async Task RequireEndedAsync()
    {
        List<Remembered> open = [];
        while (!_begun.IsEmpty)
        {
            while (_begun.TryDequeue(out Remembered? begun))
            {
                open.Add(begun);
            }

            foreach (Remembered ended in open.FindAll(static o => o.IsDisposed))
            {
                await ended.CallsAsync();
                open.Remove(ended);
            }
        }

        Assert.All(open, static o => Assert.True(o.IsDisposed));
    }

    private sealed class Source(IObservable<PropertyChange> source, ConcurrentQueue<Remembered> begun) : IObservable<PropertyChange>
    {
        public IDisposable Subscribe(IObserver<PropertyChange> observer)
        {
            Remembered remembered = new(source.Subscribe(observer));
            begun.Enqueue(remembered);
            return remembered;
        }
    }

    private sealed class Remembered(IDisposable subscription) : IDisposable
    {
        private volatile bool _isDisposed;

        public bool IsDisposed => _isDisposed;

        public void Dispose()
        {
            subscription.Dispose();
            _isDisposed = true;
        }

        public ValueTask CallsAsync() => ((IAsyncDisposable)subscription).DisposeAsync();
    }
}
