using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Benchmarks.Bus;

/// <summary>How long a publisher waits at most while another client does something large. Prints a table.</summary>
internal static class Bounds
{
    private static readonly PropertyName Measured = new(1, 1);

    public static void Run(int properties)
    {
        Console.WriteLine($"{properties} properties; a publisher's longest call, in microseconds, and its 99.99th percentile");
        Console.WriteLine("| meanwhile | took ms | of it collector's pauses | calls | longest | p99.99 |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        Row("reads of one property", properties, static b =>
        {
            for (int i = 0; i < 20_000_000; i++)
            {
                b.Large.TryGet(Measured, out int _);
            }
        });
        Row("a list of all", properties, static b => b.Large.List());
        Row("a watch of all, to CaughtUp", properties, static b =>
        {
            using var caughtUp = new ManualResetEventSlim();
            using IDisposable watch = b.Large.Watch().Subscribe(e =>
            {
                if (e.Kind != PropertyEventKind.Change)
                {
                    caughtUp.Set();
                }
            });
            caughtUp.Wait();
        });
        Row("the list of subscriptions", properties, static b => b.Store.ListSubscriptions());
        Row("10 000 inline observers of one property", properties, static b =>
        {
            PropertyName name = new(2, 0);
            for (int i = 0; i < 10_000; i++)
            {
                b.Large.Observe(name, ObserveOptions.Inline).Subscribe(new Sink());
            }
        });
        Row("a batch of 65 536 values", properties, static b => b.Large.Publish(b.Batch));
        Row("the end of the client that has all", properties, static b => b.Large.Dispose());
    }

    private static void Row(string meanwhile, int properties, Action<Setup> act)
    {
        using var setup = new Setup(properties, meanwhile.StartsWith("a watch", StringComparison.Ordinal) ? 1 << 20 : 0);
        var calls = new List<long>(50_000_000);
        using var started = new ManualResetEventSlim();
        bool stop = false;
        var publisher = new Thread(() =>
        {
            using Property handle = setup.Publisher.Attach(Measured);
            int value = 0;
            while (!Volatile.Read(ref stop) && calls.Count < calls.Capacity)
            {
                long before = TimeProvider.System.GetTimestamp();
                handle.TrySet(++value);
                calls.Add(TimeProvider.System.GetTimestamp() - before);
                if (calls.Count == 10_000)
                {
                    started.Set();
                }
            }
        });
        GC.Collect();
        publisher.Start();
        started.Wait();
        int first = calls.Count;
        TimeSpan paused = GC.GetTotalPauseDuration();
        long begin = TimeProvider.System.GetTimestamp();
        act(setup);
        TimeSpan took = TimeProvider.System.GetElapsedTime(begin);
        paused = GC.GetTotalPauseDuration() - paused;
        int last = calls.Count;
        Volatile.Write(ref stop, true);
        publisher.Join();
        List<long> during = calls.GetRange(first, Math.Max(1, last - first));
        during.Sort();
        Console.WriteLine($"| {meanwhile} | {took.TotalMilliseconds:0.0} | {paused.TotalMilliseconds:0.0} | {during.Count} | {Microseconds(during[^1]):0} | {Microseconds(during[(int)(during.Count * 0.9999)]):0} |");
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / TimeProvider.System.TimestampFrequency;

    private sealed class Setup : IDisposable
    {
        public Setup(int properties, int history)
        {
            Store = new PropertyStore(new PropertyStoreOptions { MaxNames = properties + 16, HistoryEntries = history });
            Publisher = Store.Open(new SecureId(1));
            Large = Store.Open(new SecureId(2));
            Publisher.Define(Measured, PropertyDefinition.Open(PropertyType.Int));
            PropertyDefinition definition = PropertyDefinition.Open(PropertyType.Int) with { Lifetime = PropertyLifetime.Client };
            for (uint key = 0; key < properties; key++)
            {
                Large.Define(new PropertyName(2, key), definition);
            }

            for (uint key = 0; key < PropertyBatch.MaxCount && key < properties; key++)
            {
                Batch.Set(new PropertyName(2, key), (int)key);
            }
        }

        public PropertyStore Store { get; }

        public PropertyClient Publisher { get; }

        public PropertyClient Large { get; }

        public PropertyBatch Batch { get; } = new();

        public void Dispose() => Store.Dispose();
    }
}
