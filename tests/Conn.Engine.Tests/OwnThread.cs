using System.Collections.Concurrent;

namespace Conn.Engine.Tests;

/// <summary>Runs an async scenario on a thread of its own, so that it goes on when no thread of the pool is free.</summary>
internal static class OwnThread
{
    public static void Run(Func<Task> scenario)
    {
        Pump pump = new();
        SynchronizationContext? outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(pump);
        try
        {
            Task running = scenario();
            running.ContinueWith(static (_, p) => ((Pump)p!).Complete(), pump, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            pump.Drain();
            running.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private sealed class Pump : SynchronizationContext
    {
        private readonly BlockingCollection<(SendOrPostCallback Call, object? State)> _work = [];

        public override void Post(SendOrPostCallback d, object? state) => _work.TryAdd((d, state));

        public override SynchronizationContext CreateCopy() => this;

        public void Complete() => _work.CompleteAdding();

        public void Drain()
        {
            foreach ((SendOrPostCallback call, object? state) in _work.GetConsumingEnumerable())
            {
                call(state);
            }
        }
    }
}
