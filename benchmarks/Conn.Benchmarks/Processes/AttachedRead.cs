using System.Globalization;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Benchmarks.Processes;

/// <summary>Reads of an attached property of a daemon, beside those of a volatile field, in turns.</summary>
internal static class AttachedRead
{
    private const int Reads = 20_000_000;
    private const int Rounds = 11;
    private static int _field;

    public static async Task MeasureAsync(string socket, TextWriter to)
    {
        using PropertyStore store = new();
        await using IpcServer server = IpcServer.Start(new IpcServerOptions { SocketPath = socket, Store = store });
        await using IpcPropertyStore remote = await IpcPropertyStore.ConnectAsync(new IpcClientOptions { SocketPath = socket });
        SecureId sid = new(0x20000051);
        await using IPropertyClient client = await remote.OpenAsync(remote.MintIdentity(sid, CapabilitySet.Empty));
        PropertyName name = new(sid.Value, 1);
        _ = await client.TryDefineAsync(name, PropertyDefinition.Open(PropertyType.Int));
        using IProperty handle = await client.AttachAsync(name);
        _ = await client.SetAsync(name, new PropertyValue(1));
        Volatile.Write(ref _field, 1);
        List<double> fields = [];
        List<double> properties = [];
        for (int round = 0; round < Rounds; round++)
        {
            fields.Add(Nanoseconds(() => ReadField()));
            properties.Add(Nanoseconds(() => ReadProperty(handle)));
        }

        double field = fields.Order().ElementAt(Rounds / 2);
        double property = properties.Order().ElementAt(Rounds / 2);
        await to.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"read: volatile field {field:0.00} ns, attached property {property:0.00} ns ({property / field:0.0})"));
    }

    private static double Nanoseconds(Func<long> reads)
    {
        long start = TimeProvider.System.GetTimestamp();
        if (reads() != Reads)
        {
            throw new InvalidOperationException("A read gave another value.");
        }

        return TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / Reads;
    }

    private static long ReadField()
    {
        long sum = 0;
        for (int i = 0; i < Reads; i++)
        {
            sum += Volatile.Read(ref _field);
        }

        return sum;
    }

    private static long ReadProperty(IProperty handle)
    {
        long sum = 0;
        for (int i = 0; i < Reads; i++)
        {
            _ = handle.TryGet(out int value, out _);
            sum += value;
        }

        return sum;
    }
}
