using System.Globalization;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Ipc.Tests;

/// <summary>A client process of the soak: publishes counts at a rate until its input ends, and says the last one.</summary>
internal static class SoakPublisher
{
    public const string RateVariable = "CONN_TEST_RATE";
    public const string KeyVariable = "CONN_TEST_KEY";

    public const uint Sid = 0x20000040;

    public static async Task RunAsync(IpcClientOptions options)
    {
        PropertyName name = new(Sid, uint.Parse(Environment.GetEnvironmentVariable(KeyVariable)!, CultureInfo.InvariantCulture));
        TimeSpan period = TimeSpan.FromSeconds(1) / int.Parse(Environment.GetEnvironmentVariable(RateVariable)!, CultureInfo.InvariantCulture);
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(options);
        await using IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(Sid), CapabilitySet.Empty));
        await client.TryDefineAsync(name, PropertyDefinition.Open(PropertyType.Int));
        using IProperty handle = await client.AttachAsync(name);
        Console.WriteLine("ready");
        using PeriodicTimer timer = new(period, TimeProvider.System);
        // The reader of the console blocks its thread, also when it is awaited.
        Task<string?> end = Task.Run(Console.In.ReadLine);
        int last = 0;
        while (!end.IsCompleted && await timer.WaitForNextTickAsync())
        {
            if (!(await handle.TrySetAsync(++last)).Code.IsSuccess)
            {
                Console.WriteLine("failed");
                return;
            }
        }

        handle.TryGet(out int value, out _);
        Console.WriteLine($"last {value} {last}");
        await Console.Out.FlushAsync();
        _ = await Task.Run(Console.In.ReadLine);
    }
}
