#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(PropertyType.ByteArray, 512)]
    [InlineData(PropertyType.LargeByteArray, 65535)]
    public void What_is_preallocated_is_not_the_length(PropertyType type, int size)
    {
        Assert.Equal(ErrorCode.None, Owner.Define(NameOf(1), type, Pass, Pass, size));
        Assert.Equal((ErrorCode.None, 0), (Stranger.Get(NameOf(1), new byte[1], out int length, out Stamp stamp), length));
        Assert.Equal(Stamp.Never, stamp);
        Assert.True(Assert.Single(Stranger.List()).Current.Bytes.IsEmpty);
        foreach (int next in new[] { size, 0, 1 })
        {
            Assert.Equal(ErrorCode.None, Owner.Set(NameOf(1), new byte[next]));
            Assert.Equal((ErrorCode.None, next), (Stranger.Get(NameOf(1), new byte[size], out length, out _), length));
        }
    }

    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task Publishing_nothing_at_all_is_a_publish(PropertyType type)
    {
        PropertyName name = Defined(type);
        var inline = new List<PropertyChange>();
        var queued = new List<PropertyChange>();
        using IDisposable first = Observe(name, Delivery.Inline, inline);
        using IDisposable second = Observe(name, Delivery.Queued, queued);
        Scheduler.Start();
        using IProperty handle = Stranger.Attach(name);
        ValueTask<ErrorCode> pending = handle.SubscribeAsync();
        Assert.Equal(ErrorCode.None, Owner.Set(name, []));
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, await Outcome(pending));
        Assert.Equal((2, 2), (inline.Count, queued.Count));
        Assert.All([inline[1], queued[1]], c => Assert.Equal((PropertyChangeKind.Value, 0, 1L), (c.Kind, c.Bytes.Length, c.Stamp.Value)));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task Only_the_read_policy_decides_who_may_subscribe(PropertyType type)
    {
        SecurityPolicy owners = SecurityPolicy.ForSecureId(new SecureId(OwnerSid));
        Owner.Define(NameOf(1), type, Pass, owners);
        Owner.Define(NameOf(2), type, owners, Pass);
        using IProperty readable = Stranger.Attach(NameOf(1));
        using IProperty writable = Stranger.Attach(NameOf(2));
        ValueTask<ErrorCode> allowed = readable.SubscribeAsync();
        ValueTask<ErrorCode> refused = writable.SubscribeAsync();
        Scheduler.Start();
        Assert.False(allowed.IsCompleted);
        Assert.Equal(ErrorCode.PermissionDenied, await Outcome(refused));
        Assert.Equal(ErrorCode.PermissionDenied, Publish(Stranger, NameOf(1), type, 1));
        Assert.Equal(ErrorCode.None, Publish(Stranger, NameOf(2), type, 1));
        Assert.Equal(ErrorCode.None, Publish(Owner, NameOf(1), type, 1));
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, await Outcome(allowed));
    }

    [Fact]
    public void A_policy_of_parts_that_do_not_go_together_is_Argument()
    {
        var one = CapabilitySet.Of(Capability.Tcb);
        var four = CapabilitySet.Of(Capability.Tcb, Capability.CommDD, Capability.PowerMgmt, Capability.Drm);
        var eight = CapabilitySet.Of(
            Capability.Tcb, Capability.CommDD, Capability.PowerMgmt, Capability.Drm,
            Capability.ReadDeviceData, Capability.WriteDeviceData, Capability.Location, Capability.TrustedUI);
        var unknown = new CapabilitySet(0x80000000);
        SecurityPolicy[] malformed =
        [
            new(PolicyKind.AlwaysPass, 1, default), new(PolicyKind.AlwaysFail, 1, default),
            new(PolicyKind.AlwaysPass, 0, one), new(PolicyKind.AlwaysFail, 0, one),
            new(PolicyKind.Capabilities3, 1, one), new(PolicyKind.Capabilities7, 1, one),
            new(PolicyKind.Capabilities3, 0, four), new(PolicyKind.Capabilities7, 0, eight),
            new(PolicyKind.SecureId, 1, four), new(PolicyKind.VendorId, 1, four),
            new(PolicyKind.Capabilities3, 0, unknown), new(PolicyKind.Capabilities7, 0, unknown),
            new(PolicyKind.SecureId, 1, unknown), new(PolicyKind.VendorId, 1, unknown), new(PolicyKind.AlwaysPass, 0, unknown),
            new((PolicyKind)9, 0, default), new((PolicyKind)(-1), 0, default),
        ];
        Assert.All(malformed, policy =>
        {
            Assert.Equal(ErrorCode.Argument, Owner.Define(NameOf(1), PropertyType.Int, policy, Pass));
            Assert.Equal(ErrorCode.Argument, Owner.Define(NameOf(1), PropertyType.Int, Pass, policy));
            Assert.False(policy.Passes(Owner.Identity));
        });
        Assert.Equal(ErrorCode.NotFound, Owner.Delete(NameOf(1)));
        SecurityPolicy[] legal =
        [
            new(PolicyKind.Capabilities3, 0, one), new(PolicyKind.Capabilities7, 0, one), new(PolicyKind.Capabilities7, 0, four),
            new(PolicyKind.SecureId, 1, one), new(PolicyKind.VendorId, 1, one),
        ];
        Assert.All(legal, policy =>
        {
            Assert.Equal(ErrorCode.None, Owner.Define(NameOf(1), PropertyType.Int, policy, policy));
            Assert.Equal(ErrorCode.None, Owner.Delete(NameOf(1)));
        });
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void Every_kind_of_policy_guards_every_type(PropertyType type)
    {
        var held = CapabilitySet.Of(Capability.Tcb, Capability.Drm, Capability.Location, Capability.CommDD);
        IPropertyClient insider = Store.Open(Store.MintIdentity(new SecureId(5), held, 6));
        (SecurityPolicy Policy, bool Passes)[] cases =
        [
            (SecurityPolicy.AlwaysPass, true), (SecurityPolicy.AlwaysFail, false),
            (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.Drm), true), (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.PowerMgmt), false),
            (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.Drm, Capability.Location, Capability.CommDD), true),
            (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.Drm, Capability.Location, Capability.PowerMgmt), false),
            (SecurityPolicy.ForSecureId(new SecureId(5), Capability.Tcb), true), (SecurityPolicy.ForSecureId(new SecureId(5), Capability.PowerMgmt), false),
            (SecurityPolicy.ForSecureId(new SecureId(6)), false),
            (SecurityPolicy.ForVendorId(6, Capability.Tcb, Capability.Drm), true), (SecurityPolicy.ForVendorId(6, Capability.Tcb, Capability.PowerMgmt), false),
            (SecurityPolicy.ForVendorId(5), false),
        ];
        uint key = 0;
        foreach ((SecurityPolicy policy, bool passes) in cases)
        {
            PropertyName name = NameOf(++key);
            Owner.Define(name, type, policy, policy);
            ErrorCode expected = passes ? ErrorCode.None : ErrorCode.PermissionDenied;
            Assert.Equal((expected, expected), (Publish(insider, name, type, 7), Read(insider, name, type, out int number, out _)));
            Assert.Equal(passes ? 7 : 0, number);
        }

        Assert.Equal(cases.Count(c => c.Passes), insider.List().Count);
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_publish_without_permission_is_that_whatever_its_form_and_size(PropertyType type)
    {
        Owner.Define(NameOf(1), type, Pass, SecurityPolicy.AlwaysFail);
        Assert.Equal(ErrorCode.PermissionDenied, Owner.Set(NameOf(1), 1));
        Assert.Equal(ErrorCode.PermissionDenied, Owner.Set(NameOf(1), new byte[PastLimit(type)]));
        Assert.Equal(ErrorCode.PermissionDenied, Owner.Publish(new PropertyBatch().Set(NameOf(1), new byte[PastLimit(type)]), out _));
        PropertyName number = Defined(PropertyType.Int, 2);
        Assert.Equal(ErrorCode.Argument, Owner.Set(number, new byte[70000]));
        Assert.Equal(ErrorCode.Argument, Owner.Publish(new PropertyBatch().Set(number, new byte[70000]), out _));
    }

    [Fact]
    public void What_exists_is_said_after_every_other_refusal_of_a_definition()
    {
        PropertyName name = Defined(PropertyType.ByteArray);
        Assert.Equal(ErrorCode.PermissionDenied, Stranger.Define(name, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.Argument, Owner.Define(name, PropertyType.Int, Malformed, Pass));
        Assert.Equal(ErrorCode.Argument, Owner.Define(name, (PropertyType)3, Pass, Pass));
        Assert.Equal(ErrorCode.Argument, Owner.Define(name, PropertyType.Int, Pass, Pass, 4));
        Assert.Equal(ErrorCode.Argument, Owner.Define(name, (PropertyType)3, Pass, Pass, 513));
        Assert.Equal(ErrorCode.TooBig, Owner.Define(name, PropertyType.ByteArray, Pass, Pass, 513));
        Assert.Equal(ErrorCode.NotSupported, Owner.Define(name, PropertyType.Int, Pass, Pass, 0, PropertyLifetime.Persisted));
        Assert.Equal(ErrorCode.AlreadyExists, Owner.Define(name, PropertyType.Int, Pass, Pass));
    }

    [Fact]
    public void A_batchs_conditions_are_looked_at_before_its_values()
    {
        PropertyName name = Defined(PropertyType.Int);
        Owner.Set(name, 1);
        var stale = new PropertyBatch().Set(name, [1]).Expect(name, Stamp.Never);
        Assert.Equal(ErrorCode.Changed, Owner.Publish(stale, out _));
        Assert.Equal(ErrorCode.NotFound, Owner.Publish(new PropertyBatch().Set(name, [1]).Expect(NameOf(2), Stamp.Never), out _));
        Assert.Equal(ErrorCode.Argument, Owner.Publish(new PropertyBatch().Set(name, [1]).Expect(name, Store.Revision), out _));
    }
}
