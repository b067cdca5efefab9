using Conn.Testing.Suites;

namespace Conn.PubSub.Tests;

public sealed class PropertyStoreTests : PropertyStoreContract
{
    protected override PropertyStore CreateStore(PropertyStoreOptions options) => new(options);
}
