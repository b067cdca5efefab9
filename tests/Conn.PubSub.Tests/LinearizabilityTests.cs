using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using CsCheck;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>Concurrent operations behave as if they came one after the other.</summary>
public sealed class LinearizabilityTests
{
    private const int Threads = 3;
    private static readonly PropertyName Name = new(1, 1);

    /// <summary>Every order that keeps each thread's own is tried against the model; one of them has to explain what was seen.</summary>
    [Fact]
    public void Get_set_and_compare_and_set_on_one_property_are_linearizable() =>
        Gen.Int[0, 11].Array[1, 4].Array[Threads].Sample(
            scripts =>
            {
                using var store = new PropertyStore();
                PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
                client.Define(Name, PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass);
                using var barrier = new Barrier(Threads);
                Seen[][] seen = new Seen[Threads][];
                Task[] running = [.. Enumerable.Range(0, Threads).Select(t => Task.Run(() =>
                {
                    using Property handle = client.Attach(Name);
                    barrier.SignalAndWait();
                    var mine = new List<Seen>();
                    var known = Stamp.Never;
                    foreach (int step in scripts[t])
                    {
                        int value = (t * 100) + mine.Count + 1;
                        Seen one = (step % 3) switch
                        {
                            0 => new Seen(0, 0, 0, handle.Get(out int read, out Stamp stamp), read, stamp.Value),
                            1 => new Seen(1, value, 0, handle.Set(value), 0, 0),
                            _ => new Seen(2, value, known.Value, handle.CompareAndSet(value, known, out Stamp made), 0, made.Value),
                        };
                        known = one.Operation == 1 ? known : new Stamp(one.Stamp);
                        mine.Add(one);
                    }

                    seen[t] = [.. mine];
                }))];
                Task.WaitAll(running, TestContext.Current.CancellationToken);
                return Explains(seen, new int[Threads], 0, 0);
            },
            iter: 4000,
            threads: 1);

    [Fact(Timeout = 60000)]
    public async Task Publishes_of_several_properties_have_one_order_that_every_watcher_sees()
    {
        const int Times = 3000;
        using var store = new PropertyStore(new PropertyStoreOptions { HistoryEntries = 4 * Times });
        PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
        for (uint key = 0; key < 3; key++)
        {
            client.Define(new PropertyName(1, key), PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass);
        }

        var stamps = new List<(long Stamp, uint Key, int Value)>[3];
        Task publishing = Task.WhenAll(Enumerable.Range(0, 3).Select(t => Task.Run(() =>
        {
            stamps[t] = [];
            for (int i = 0; i < Times; i++)
            {
                // Each thread goes over all properties; compare-and-set tells the revision of its publish.
                var name = new PropertyName(1, (uint)((t + i) % 3));
                Stamp made;
                do
                {
                    client.Get(name, out _, out Stamp seen);
                    if (client.CompareAndSet(name, (t * Times) + i, seen, out made).IsNone)
                    {
                        break;
                    }
                }
                while (true);
                stamps[t].Add((made.Value, name.Key, (t * Times) + i));
            }
        })));
        Task<List<(long, uint, int)>>[] watching = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(Watch))];
        await publishing;
        List<(long Stamp, uint Key, int Value)> order = [.. stamps.SelectMany(s => s).OrderBy(s => s.Stamp)];
        Assert.Equal(Enumerable.Range(1, 3 * Times).Select(i => (long)i), order.Select(o => o.Stamp));
        foreach (Task<List<(long, uint, int)>> watch in watching)
        {
            Assert.Equal(order, await watch);
        }

        Assert.All(stamps, s => Assert.Equal(s.Select(o => o.Stamp).Order(), s.Select(o => o.Stamp)));

        async Task<List<(long, uint, int)>> Watch()
        {
            var seen = new List<(long, uint, int)>();
            await foreach (Watching.PropertyEvent told in client.WatchAsync(after: Stamp.Never, cancellationToken: TestContext.Current.CancellationToken))
            {
                if (told.Kind == Watching.PropertyEventKind.Change)
                {
                    Assert.Equal(PropertyChangeKind.Value, told.Change.Kind);
                    seen.Add((told.Revision.Value, told.Name.Key, told.Change.Value));
                    if (seen.Count == 3 * Times)
                    {
                        break;
                    }
                }
            }

            return seen;
        }
    }

    private static bool Explains(Seen[][] seen, int[] at, int value, long stamp)
    {
        bool done = true;
        for (int t = 0; t < seen.Length; t++)
        {
            if (at[t] == seen[t].Length)
            {
                continue;
            }

            done = false;
            Seen next = seen[t][at[t]];
            (bool fits, int newValue, long newStamp) = next.Operation switch
            {
                0 => (next.Code.IsNone && next.Read == value && next.Stamp == stamp, value, stamp),
                1 => (next.Code.IsNone, next.Value, stamp + 1),
                _ when next.Expected == stamp => (next.Code.IsNone && next.Stamp == stamp + 1, next.Value, stamp + 1),
                _ => (next.Code == ErrorCode.Changed && next.Stamp == stamp, value, stamp),
            };
            if (fits)
            {
                at[t]++;
                if (Explains(seen, at, newValue, newStamp))
                {
                    return true;
                }

                at[t]--;
            }
        }

        return done;
    }

    private sealed record Seen(int Operation, int Value, long Expected, ErrorCode Code, int Read, long Stamp);
}
