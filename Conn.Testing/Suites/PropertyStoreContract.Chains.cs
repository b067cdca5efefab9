#pragma warning disable CS1591 // A test's name is its documentation.
using System.Reactive.Concurrency;
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>Observers that publish on, from property to property.</remarks>
public abstract partial class PropertyStoreContract
{
    private const int Links = 20_000;
    private const int TooDeep = 1000;

    [Fact(Timeout = 60000)]
    public void A_chain_of_inline_observers_is_bounded_and_all_of_it_ends_at_the_last_value()
    {
        var chain = new Chain(Owner);
        Owner.Set(NameOf(0), 1);
        Owner.Set(NameOf(0), 2);
        Scheduler.Start();
        Assert.InRange(chain.Deepest, 1, TooDeep);
        Assert.All(chain.Last, value => Assert.Equal(2, value));
        Assert.True(chain.Rising);
        Assert.Empty(Failures);
    }

    [Fact(Timeout = 60000)]
    public async Task A_chain_is_bounded_where_the_scheduler_runs_everything_at_once()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { Scheduler = ImmediateScheduler.Instance });
        var chain = new Chain(store.Open(store.MintIdentity(new SecureId(OwnerSid))));
        chain.Publish(1);
        await Comes(chain.Through, "The end of the chain");
        Assert.InRange(chain.Deepest, 1, TooDeep);
        Assert.True(chain.Rising);
    }

    /// <summary>Each property's observer publishes the next one; who would go too deep stops instead.</summary>
    private sealed class Chain
    {
        [ThreadStatic]
        private static int _depth;

        private readonly IPropertyClient _client;
        private readonly long[] _stamps = new long[Links];
        private readonly TaskCompletionSource _through = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Chain(IPropertyClient client)
        {
            _client = client;
            for (uint key = 0; key < Links; key++)
            {
                uint link = key;
                client.Define(NameOf(link), PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass);
                client.Observe(NameOf(link), new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(new Recorder([]) { Then = c => Tell(link, c) });
            }
        }

        public int[] Last { get; } = new int[Links];

        public int Deepest { get; private set; }

        public bool Rising { get; private set; } = true;

        public Task Through => _through.Task;

        public void Publish(int value) => _client.Set(NameOf(0), value);

        private void Tell(uint link, PropertyChange change)
        {
            Rising &= change.IsCurrent || change.Stamp.Value > _stamps[link];
            _stamps[link] = change.Stamp.Value;
            Last[link] = change.Value;
            if (change.IsCurrent)
            {
                return;
            }

            Deepest = Math.Max(Deepest, ++_depth);
            if (link == Links - 1)
            {
                _through.TrySetResult();
            }
            else if (_depth <= TooDeep)
            {
                _client.Set(NameOf(link + 1), change.Value);
            }

            _depth--;
        }
    }
}
