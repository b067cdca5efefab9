using Conn;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Snippets;

/// <summary>The bus, as the README and its own page show it.</summary>
public static class Bus
{
    public static void Publish(PropertyStore store)
    {
        PropertyName level = new(0x20000001, 1);
        PropertyClient mixer = store.Open(new SecureId(0x20000001));
        mixer.Define(level, PropertyDefinition.Open(PropertyType.Int) with { Write = SecurityPolicy.ForSecureId(mixer.Identity.SecureId) });

        PropertyClient panel = store.Open(new SecureId(0x20000002));
        using IDisposable watching = panel.Observe(level).Subscribe(change => Console.WriteLine(change));
        mixer.Set(level, 7);   // the panel gets "Value 7 @1", perhaps after "Value 0 @0": a slow observer gets the latest
    }

    public static async Task FollowAsync(PropertyClient client, PropertyName name, CancellationToken stopping)
    {
        using Property level = client.Attach(name);
        while (!stopping.IsCancellationRequested)
        {
            ValueTask<ErrorCode> next = level.SubscribeAsync(stopping);
            ErrorCode read = level.TryGet(out int value, out Revision revision);
            Show(read, value, revision);
            if (await next == ErrorCode.PermissionDenied)
            {
                break;   // subscribing again would complete at once, again and again
            }
        }

        static void Show(ErrorCode read, int value, Revision revision) => Console.WriteLine((read, value, revision));
    }
}
