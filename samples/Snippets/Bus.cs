using Conn.PubSub;
using Conn.PubSub.Security;

namespace Snippets;

/// <summary>The bus, as the README and its own page show it.</summary>
public static class Bus
{
    public static void Publish(PropertyStore store)
    {
        PropertyName level = new(0x20000001, 1);
        PropertyClient mixer = store.Open(store.MintIdentity(new SecureId(0x20000001)));
        ErrorCode defined = mixer.Define(level, PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.ForSecureId(new SecureId(0x20000001)));

        PropertyClient panel = store.Open(store.MintIdentity(new SecureId(0x20000002)));
        using IDisposable watching = panel.Observe(level).Subscribe(change => Console.WriteLine(change));
        ErrorCode published = mixer.Set(level, 7);   // the panel sees "Value 0 @0", then "Value 7 @2"; under pressure only the latest
        Console.WriteLine((defined, published));
    }

    public static async Task FollowAsync(PropertyClient client, PropertyName name, CancellationToken stopping)
    {
        using Property level = client.Attach(name);
        while (!stopping.IsCancellationRequested)
        {
            ValueTask<ErrorCode> next = level.SubscribeAsync();
            ErrorCode read = level.Get(out int value, out Stamp stamp);
            Show(read, value, stamp);
            if (await next == ErrorCode.PermissionDenied)
            {
                break;   // subscribing again would complete at once, again and again
            }
        }

        static void Show(ErrorCode read, int value, Stamp stamp) => Console.WriteLine((read, value, stamp));
    }
}
