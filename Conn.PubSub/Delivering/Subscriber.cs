using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>An observation or a watch, as the object that its observer disposes.</summary>
internal abstract class Subscriber(StoreCore core, ClientState client) : IDisposable, IAsyncDisposable, IClientPart
{
    private bool _hasLeft;

    public StoreCore Core => core;

    public IClientPart? PreviousPart { get; set; }

    public IClientPart? NextPart { get; set; }

    /// <summary>Whether this thread is inside a call of this observer.</summary>
    protected abstract bool IsInOwnCall { get; }

    /// <summary>Ends the calls. It never waits: a call that runs, or that a delivering thread has claimed, may still happen.</summary>
    public void Dispose() => TryLeave();

    /// <summary>Ends the calls. Completes when none runs, and none begins afterwards.</summary>
    /// <exception cref="InvalidOperationException">This is the observer's own call, which would wait for itself.</exception>
    public ValueTask DisposeAsync()
    {
        if (IsInOwnCall)
        {
            throw new InvalidOperationException("An observer cannot wait for the end of its own call: use Dispose there, or DisposeAsync outside of the call.");
        }

        TryLeave();
        return new ValueTask(WhenCallIsOver());
    }

    /// <inheritdoc/>
    public abstract Action? EndWithClient();

    /// <summary>Becomes a part of its client. Under the lock.</summary>
    protected void JoinClient() => client.Add(this);

    /// <summary>Removes it from the store.</summary>
    /// <returns>False when it was removed before.</returns>
    protected bool TryLeave()
    {
        lock (core.Lock)
        {
            if (_hasLeft)
            {
                return false;
            }

            _hasLeft = true;
            client.Remove(this);
            Leave();
            return true;
        }
    }

    /// <summary>Removes it from where it is called. Under the lock, once.</summary>
    protected abstract void Leave();

    /// <summary>Completes when no call of the observer runs that began before.</summary>
    protected abstract Task WhenCallIsOver();
}
