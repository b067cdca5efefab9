using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Benchmarks.Bus;

/// <summary>A store with one client that may do everything.</summary>
internal sealed class Bench : IDisposable
{
    public Bench() => Client = Store.Open(Store.MintIdentity(new SecureId(Category)));

    public static uint Category => 0x101F75B7;

    public PropertyStore Store { get; } = new();

    public PropertyClient Client { get; }

    public static PropertyName Name(uint key) => new(Category, key);

    public Property Define(uint key, PropertyType type)
    {
        Client.Define(Name(key), PropertyDefinition.Open(type));
        return Client.Attach(Name(key));
    }

    public void Dispose() => Store.Dispose();
}
