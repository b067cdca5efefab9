using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class ClientLifetimeTests
{
    [Fact]
    public void A_definition_that_passed_the_clients_own_check_is_refused_once_the_client_has_ended()
    {
        using var store = new PropertyStore();
        PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
        var name = new PropertyName(1, 1);
        client.Dispose();

        // What a thread that was interrupted behind the client's check does next.
        Assert.Throws<ObjectDisposedException>(() => store.Define(
            client.Access, name, PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, 0, PropertyLifetime.Client));
        Assert.Empty(store.Open(store.MintIdentity(new SecureId(2))).List());
    }
}
