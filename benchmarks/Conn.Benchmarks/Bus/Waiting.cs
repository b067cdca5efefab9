using System.Runtime.CompilerServices;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>A thread that sleeps until its subscription completes: subscribed, and to be woken, from before each publish.</summary>
internal sealed class Waiting
{
    private readonly SemaphoreSlim _woken = new(0);
    private readonly Action _wake;
    private readonly Property _property;
    private ValueTaskAwaiter<ErrorCode> _subscription;

    public Waiting(Property property)
    {
        _property = property;
        _wake = () => _woken.Release();
        Subscribe();
    }

    /// <summary>Sleeps until the completion, then subscribes again.</summary>
    public ErrorCode Next()
    {
        _woken.Wait();
        ErrorCode code = _subscription.GetResult();
        if (code == ErrorCode.Success)
        {
            Subscribe();
        }

        return code;
    }

    private void Subscribe()
    {
        _subscription = _property.SubscribeAsync().GetAwaiter();
        _subscription.UnsafeOnCompleted(_wake);
    }
}
