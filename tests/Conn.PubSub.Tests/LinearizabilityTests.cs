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
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void What_is_done_with_one_property_is_linearizable_with_definitions_and_deletes_too(int operations) =>
        Gen.Int[0, operations - 1].Array[1, 4].Array[Threads].Sample(
            scripts =>
            {
                using var store = new PropertyStore();
                PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
                client.TryDefine(Name, PropertyDefinition.Open(PropertyType.Int));
                using var barrier = new Barrier(Threads);
                Seen[][] seen = new Seen[Threads][];
                Task[] running = [.. Enumerable.Range(0, Threads).Select(t => Task.Run(() =>
                {
                    using Property handle = client.Attach(Name);
                    barrier.SignalAndWait();
                    var mine = new List<Seen>();
                    var known = Revision.None;
                    foreach (int step in scripts[t])
                    {
                        int value = (t * 100) + mine.Count + 1;
                        Seen one = step switch
                        {
                            0 => new Seen(0, 0, 0, handle.TryGet(out int read, out Revision revision), read, revision.Value),
                            1 => new Seen(1, value, 0, handle.TrySet(value), 0, 0),
                            3 => new Seen(3, 0, 0, client.TryDefine(Name, PropertyDefinition.Open(PropertyType.Int)), 0, 0),
                            4 => new Seen(4, 0, 0, client.TryDelete(Name), 0, 0),
                            _ => new Seen(2, value, known.Value, handle.TryCompareAndSet(value, known, out Revision made), 0, made.Value),
                        };
                        known = one.Operation is 0 or 2 ? new Revision(one.Revision) : known;
                        mine.Add(one);
                    }

                    seen[t] = [.. mine];
                }))];
                Task.WaitAll(running, TestContext.Current.CancellationToken);
                return Explains(seen, new int[Threads], new State(true, 0, 0, 0));
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
            client.TryDefine(new PropertyName(1, key), PropertyDefinition.Open(PropertyType.Int));
        }

        var published = new List<(long Revision, uint Key, int Value)>[3];
        Task publishing = Task.WhenAll(Enumerable.Range(0, 3).Select(t => Task.Run(() =>
        {
            published[t] = [];
            for (int i = 0; i < Times; i++)
            {
                // Each thread publishes all properties in turn.
                var name = new PropertyName(1, (uint)((t + i) % 3));
                Revision made;
                do
                {
                    client.TryGet(name, out _, out Revision seen);
                    if (client.TryCompareAndSet(name, (t * Times) + i, seen, out made).IsSuccess)
                    {
                        break;
                    }
                }
                while (true);
                published[t].Add((made.Value, name.Key, (t * Times) + i));
            }
        })));
        Task<List<(long, uint, int)>>[] watching = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(Watch))];
        await publishing;
        List<(long Revision, uint Key, int Value)> order = [.. published.SelectMany(s => s).OrderBy(s => s.Revision)];
        Assert.Equal(Enumerable.Range(1, 3 * Times).Select(i => (long)i), order.Select(o => o.Revision));
        foreach (Task<List<(long, uint, int)>> watch in watching)
        {
            Assert.Equal(order, await watch);
        }

        Assert.All(published, s => Assert.Equal(s.Select(o => o.Revision).Order(), s.Select(o => o.Revision)));

        async Task<List<(long, uint, int)>> Watch()
        {
            var seen = new List<(long, uint, int)>();
            await foreach (PropertyEvent element in client.WatchAsync(after: Revision.None, cancellationToken: TestContext.Current.CancellationToken))
            {
                if (element.Kind == PropertyEventKind.Change)
                {
                    Assert.Equal(PropertyChangeKind.Value, element.Change.Kind);
                    seen.Add((element.Revision.Value, element.Name.Key, element.Change.Value!.Value));
                    if (seen.Count == 3 * Times)
                    {
                        break;
                    }
                }
            }

            return seen;
        }
    }

    private static bool Explains(Seen[][] seen, int[] at, State state)
    {
        bool done = true;
        for (int t = 0; t < seen.Length; t++)
        {
            if (at[t] == seen[t].Length)
            {
                continue;
            }

            done = false;
            if (state.After(seen[t][at[t]]) is { } next)
            {
                at[t]++;
                if (Explains(seen, at, next))
                {
                    return true;
                }

                at[t]--;
            }
        }

        return done;
    }

    private sealed record Seen(int Operation, int Value, long Expected, ErrorCode Code, int Read, long Revision);

    private sealed record State(bool Defined, int Value, long Written, long Revision)
    {
        /// <summary>Null when what was seen cannot come next.</summary>
        public State? After(Seen next)
        {
            State afterPublish = this with { Value = next.Value, Written = Revision + 1, Revision = Revision + 1 };
            (bool fits, State after) = next.Operation switch
            {
                3 when Defined => (next.Code == ErrorCode.AlreadyExists, this),
                3 => (next.Code.IsSuccess, new State(true, 0, 0, Revision)),
                _ when !Defined => (next.Code == ErrorCode.NotFound && next.Read == 0 && next.Revision == 0, this),
                0 => (next.Code.IsSuccess && next.Read == Value && next.Revision == Written, this),
                1 => (next.Code.IsSuccess, afterPublish),
                4 => (next.Code.IsSuccess, new State(false, 0, 0, Revision + 1)),
                _ when next.Expected == Written => (next.Code.IsSuccess && next.Revision == Revision + 1, afterPublish),
                _ => (next.Code == ErrorCode.Changed && next.Revision == Written, this),
            };
            return fits ? after : null;
        }
    }
}
