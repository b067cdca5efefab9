using Conn.Testing.Suites;

namespace Conn.PubSub.Tests;

public sealed class PropertyStoreTests : PropertyStoreContract
{
    protected override IPropertyStore CreateStore(PropertyStoreOptions options) => new PropertyStore(options);
}
