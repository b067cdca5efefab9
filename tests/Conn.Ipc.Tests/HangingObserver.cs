using Conn.PubSub;

namespace Conn.Ipc.Tests;

/// <summary>An observer that keeps the thread that calls it, from a certain change on until this is disposed.</summary>
internal sealed class HangingObserver(Func<PropertyChange, bool> hangsAt) : IObserver<PropertyChange>, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly ManualResetEventSlim _released = new();
    private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it keeps a thread.</summary>
    public Task HangsAsync(CancellationToken cancellationToken) => _hangs.Task.WaitAsync(Limit, TimeProvider.System, cancellationToken);

    public void OnNext(PropertyChange value)
    {
        if (hangsAt(value))
        {
            _hangs.TrySetResult();
            _released.Wait();
        }
    }

    public void OnError(Exception error)
    {
    }

    public void OnCompleted()
    {
    }

    public void Dispose() => _released.Set();
}
