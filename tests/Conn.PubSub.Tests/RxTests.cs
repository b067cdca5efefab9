using Conn.Testing.Suites.Bus;

namespace Conn.PubSub.Tests;

/// <summary>Ordinary Rx on the store of one process.</summary>
public sealed class RxTests : RxContract
{
    protected override IPropertyStore CreateStore(PropertyStoreOptions options) => new PropertyStore(options);
}
