using Conn.PubSub.Core;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class ClientLifetimeTests
{
    private static readonly PropertyName Name = new(1, 1);
    private static readonly PropertyDefinition OfClient = PropertyDefinition.Open(PropertyType.Int) with { Lifetime = PropertyLifetime.Client };

    [Fact]
    public void A_definition_that_passed_the_clients_own_check_is_refused_once_the_client_has_ended()
    {
        using var store = new PropertyStore();
        var access = new Access(store.MintIdentity(new SecureId(1)), new ClientState(1));
        store.Definer.EndClient(access.Client);

        // What a thread that was interrupted behind the client's check does next.
        Assert.Throws<ObjectDisposedException>(() => store.Definer.TryDefine(access, Name, OfClient));
        Assert.Empty(store.Open(new SecureId(2)).List(null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_definition_whose_client_has_ended_is_undefined_before_it_is_deleted_and_can_be_defined_again()
    {
        using var store = new PropertyStore();
        PropertyClient other = store.Open(new SecureId(1));
        var access = new Access(store.MintIdentity(new SecureId(1)), new ClientState(99));
        Assert.Equal(ErrorCode.Success, store.Definer.TryDefine(access, Name, OfClient));
        var seen = new List<PropertyChange>();
        using IDisposable subscription = other.Observe(Name, ObserveOptions.Inline).Subscribe(seen.Add);
        other.Set(Name, 1);
        access.Client.End();
        Assert.Equal(ErrorCode.NotFound, other.TryGet(Name, out _));
        Assert.Equal(ErrorCode.NotFound, other.TrySet(Name, 2));
        Assert.Equal(ErrorCode.NotFound, other.TryDelete(Name));
        Assert.Empty(other.List(null, TestContext.Current.CancellationToken));
        other.Define(Name, PropertyDefinition.Open(PropertyType.Int));
        Assert.Equal([PropertyChangeKind.Value, PropertyChangeKind.Value, PropertyChangeKind.Deleted], seen.Select(c => c.Kind));
        other.Set(Name, 3);
        store.Definer.EndClient(access.Client);
        Assert.Equal(3, other.GetInt(Name));
    }
}
