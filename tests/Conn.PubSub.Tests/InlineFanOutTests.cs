using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class InlineFanOutTests
{
    [Fact(Timeout = 60000)]
    public async Task A_slow_observer_costs_the_other_publishers_one_barrier_for_its_whole_call()
    {
        using var store = new PropertyStore();
        using PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
        var name = new PropertyName(1, 1);
        client.Define(name, PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass);
        using var inside = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        var slow = new Slow(inside, go);
        using IDisposable subscription = client.Observe(name, new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(slow);
        Task publisher = Task.Factory.StartNew(
            () => client.Set(name, 1), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await inside.WaitAsync(TestContext.Current.CancellationToken);
        for (int i = 2; i <= 1000; i++)
        {
            client.Set(name, i);
        }

        int barriers = store.Find(name)!.Inline.Barriers;
        go.Set();
        await publisher;
        Assert.Equal(1, barriers);
        Assert.Equal(1000, slow.Last);
    }

    /// <summary>Stays in the call that tells 1.</summary>
    private sealed class Slow(SemaphoreSlim inside, ManualResetEventSlim go) : IObserver<PropertyChange>
    {
        public int Last { get; private set; }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(PropertyChange value)
        {
            Last = value.Value;
            if (Last == 1)
            {
                inside.Release();
                go.Wait(TestContext.Current.CancellationToken);
            }
        }
    }
}
