using System.Globalization;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Benchmarks.Processes;

/// <summary>One daemon with a hundred processes, a thousand properties, and as many publishes a second as asked: each by itself, or those of a process under one revision.</summary>
internal static class Crowd
{
    private const int Processes = 100;
    private const int PropertiesOfEach = 10;
    private const int PublishesPerSecond = 10_000;
    private const int WarmUp = 1000;
    private const int Seconds = 30;
    private const uint FirstSid = 0x20000060;
    private static readonly PropertyName _begin = new(FirstSid - 1, 0);

    /// <summary>What a process is told that publishes all of its properties at once.</summary>
    public const string Together = "together";

    private const string Alone = "alone";

    public static async Task MeasureAsync(string socket, TextWriter to)
    {
        foreach (string how in new[] { Alone, Together })
        {
            await MeasureAsync($"{socket}.{how}", how, to);
        }
    }

    private static async Task MeasureAsync(string socket, string how, TextWriter to)
    {
        int ofOne = how == Together ? PropertiesOfEach : 1;
        using PropertyStore store = new();
        await using IpcServer server = IpcServer.Start(new IpcServerOptions { SocketPath = socket, Store = store });
        using PropertyClient starter = store.Open(store.MintIdentity(new SecureId(_begin.Category)));
        starter.Define(_begin, PropertyDefinition.Open(PropertyType.Int));
        List<Child> children = [];
        try
        {
            for (int i = 0; i < Processes; i++)
            {
                children.Add(Child.CompiledInRole("crowd", how, socket, i));
                await children[i].SaysAsync("ready");
            }

            starter.Set(_begin, 1);
            long before = GC.GetTotalMemory(forceFullCollection: true);
            long first = store.Revision.Value;
            TimeSpan here = Environment.CpuUsage.TotalTime;
            TimeSpan there = All(children);
            long start = TimeProvider.System.GetTimestamp();
            await Task.Delay(TimeSpan.FromSeconds(Seconds), TimeProvider.System);
            double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            double publishes = (store.Revision.Value - first) * ofOne;
            double ofDaemon = (Environment.CpuUsage.TotalTime - here).TotalSeconds;
            double ofOthers = (All(children) - there).TotalSeconds;
            long after = GC.GetTotalMemory(forceFullCollection: true);
            await to.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"crowd, {how}: {Processes} processes, {Processes * PropertiesOfEach} properties: {publishes / seconds:0} publishes a second (asked {PublishesPerSecond}); processor of each: daemon {ofDaemon / publishes * 1e6:0} us, publisher {ofOthers / publishes * 1e6:0} us; memory of the daemon {before >> 10} KiB, then {after >> 10} KiB"));
        }
        finally
        {
            children.ForEach(static c => c.Dispose());
        }
    }

    /// <summary>One of the processes: publishes its properties in turn until it is ended.</summary>
    public static async Task PublishAsync(string socket, int index, bool together)
    {
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(new IpcClientOptions { SocketPath = socket });
        SecureId sid = new(FirstSid + (uint)index);
        await using IPropertyClient client = await store.OpenAsync(store.MintIdentity(sid, CapabilitySet.Empty));
        List<IProperty> handles = [];
        for (uint key = 0; key < PropertiesOfEach; key++)
        {
            _ = await client.TryDefineAsync(new PropertyName(sid.Value, key), PropertyDefinition.Open(PropertyType.Int));
            handles.Add(await client.AttachAsync(new PropertyName(sid.Value, key)));
        }

        Func<int, ValueTask<PublishResult>> publish = together ? i => client.TryPublishAsync(Batch(handles, i)) : i => handles[i % PropertiesOfEach].TrySetAsync(i);

        // Until this process has compiled what it runs.
        for (int i = 1; i <= WarmUp; i++)
        {
            Require(await publish(i));
        }

        using IProperty begin = await client.AttachAsync(_begin);
        ValueTask<ErrorCode> begun = begin.SubscribeAsync();
        Console.WriteLine("ready");
        _ = await begun;
        TimeSpan pause = TimeSpan.FromSeconds(1) * Processes / PublishesPerSecond * (together ? PropertiesOfEach : 1);
        using PeriodicTimer timer = new(pause, TimeProvider.System);
        long start = TimeProvider.System.GetTimestamp();
        for (int i = 1; await timer.WaitForNextTickAsync();)
        {
            // A tick may come late, by some milliseconds: as many as are due.
            for (double due = TimeProvider.System.GetElapsedTime(start) / pause; i <= due; i++)
            {
                Require(await publish(i));
            }
        }
    }

    private static PropertyBatch Batch(List<IProperty> handles, int value)
    {
        PropertyBatch batch = new();
        handles.ForEach(h => batch.Set(h.Name, value));
        return batch;
    }

    private static void Require(PublishResult result)
    {
        if (!result.Code.IsSuccess)
        {
            throw new InvalidOperationException("A publish failed.");
        }
    }

    private static TimeSpan All(List<Child> children) => children.Aggregate(TimeSpan.Zero, static (sum, c) => sum + c.Processor);
}
