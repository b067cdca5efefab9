using Conn.Testing.Suites.Bus;

namespace Conn.PubSub.Tests;

/// <summary>The order of Rx on the store of one process.</summary>
public sealed class RxOrderTests : RxOrderContract
{
    protected override IPropertyStore CreateStore(PropertyStoreOptions options) => new PropertyStore(options);
}
