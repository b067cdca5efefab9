#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    private static readonly SecurityPolicy Pass = SecurityPolicy.AlwaysPass;
    private static readonly SecurityPolicy Malformed = new((PolicyKind)9, 0, default);

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_new_definition_has_the_initial_value_and_was_never_published(PropertyType type)
    {
        PropertyName name = Defined(type);
        Assert.Equal(ErrorCode.None, Read(Stranger, name, type, out int number, out Stamp stamp));
        Assert.Equal(0, number);
        Assert.Equal(Stamp.Never, stamp);
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_second_definition_changes_nothing(PropertyType type)
    {
        PropertyName name = Defined(type);
        Publish(Owner, name, type, 5);
        foreach (PropertyType other in Enum.GetValues<PropertyType>())
        {
            Assert.Equal(ErrorCode.AlreadyExists, Owner.Define(name, other, SecurityPolicy.AlwaysFail, SecurityPolicy.AlwaysFail));
        }

        Assert.Equal(ErrorCode.None, Read(Stranger, name, type, out int number, out _));
        Assert.Equal(5, number);
    }

    [Fact]
    public void A_definition_is_checked_in_the_original_order()
    {
        PropertyName name = NameOf(1);
        PropertyName foreign = new(0x20000009, 1);
        var illegal = (PropertyType)3;
        Assert.Equal(ErrorCode.Argument, Owner.Define(foreign, illegal, Malformed, Malformed, -1));
        Assert.Equal(ErrorCode.TooBig, Owner.Define(foreign, illegal, Malformed, Malformed, 65536));
        Assert.Equal(ErrorCode.PermissionDenied, Owner.Define(foreign, illegal, Malformed, Malformed, 1));
        Assert.Equal(ErrorCode.Argument, Owner.Define(name, PropertyType.ByteArray, Malformed, Pass, 513));
        Assert.Equal(ErrorCode.Argument, Owner.Define(name, PropertyType.ByteArray, Pass, Malformed, 513));
        Assert.Equal(ErrorCode.Argument, Owner.Define(name, illegal, Pass, Pass));
        Assert.Equal(ErrorCode.Argument, Owner.Define(name, (PropertyType)0x100, Pass, Pass));
        Assert.Equal(ErrorCode.Argument, Owner.Define(name, PropertyType.Int, Pass, Pass, 4));
        Assert.Equal(ErrorCode.TooBig, Owner.Define(name, PropertyType.ByteArray, Pass, Pass, 513));
        Assert.Equal(ErrorCode.None, Owner.Define(name, PropertyType.ByteArray, Pass, Pass, 512));
        Assert.Equal(ErrorCode.TooBig, Owner.Define(name, PropertyType.ByteArray, Pass, Pass, 513));
        Assert.Equal(ErrorCode.PermissionDenied, Stranger.Define(name, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.AlreadyExists, Owner.Define(name, PropertyType.Int, Pass, Pass));
    }

    [Fact]
    public void The_right_to_define_is_the_own_category_or_a_low_one_with_WriteDeviceData()
    {
        IPropertyClient writer = Store.Open(Store.MintIdentity(new SecureId(0x20000003), Capability.WriteDeviceData));
        PropertyName below = new(SystemProperties.SecurityThresholdCategory - 1, 1);
        PropertyName at = new(SystemProperties.SecurityThresholdCategory, 1);
        Assert.Equal(ErrorCode.PermissionDenied, Owner.Define(below, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.None, writer.Define(below, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.PermissionDenied, writer.Define(at, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.PermissionDenied, writer.Define(NameOf(1), PropertyType.Int, Pass, Pass));
        IPropertyClient atThreshold = Store.Open(Store.MintIdentity(new SecureId(SystemProperties.SecurityThresholdCategory)));
        Assert.Equal(ErrorCode.None, atThreshold.Define(at, PropertyType.Int, Pass, Pass));
    }

    [Fact]
    public void The_own_category_stands_for_the_secure_id_in_define_and_delete_only()
    {
        PropertyName own = new(PropertyName.OwnCategory, 1);
        Assert.Equal(ErrorCode.None, Owner.Define(own, PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.NotFound, Owner.Set(own, 1));
        Assert.Equal(ErrorCode.NotFound, Owner.Get(own, out _));
        Assert.Equal(ErrorCode.None, Owner.Set(NameOf(1), 1));
        Assert.Equal(ErrorCode.None, Owner.Delete(own));
        Assert.Equal(ErrorCode.NotFound, Owner.Get(NameOf(1), out _));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void Only_the_definer_deletes_whatever_the_policies_say(PropertyType type)
    {
        PropertyName name = NameOf(1);
        Assert.Equal(ErrorCode.NotFound, Owner.Delete(name));
        using (Owner.Attach(name))
        {
            Assert.Equal(ErrorCode.NotFound, Owner.Delete(name));
        }

        IPropertyClient almighty = Store.Open(Store.MintIdentity(new SecureId(0x20000004), CapabilitySet.All));
        Owner.Define(name, type, SecurityPolicy.AlwaysFail, SecurityPolicy.AlwaysFail);
        Assert.Equal(ErrorCode.PermissionDenied, almighty.Delete(name));
        IPropertyClient laterInstance = Store.Open(Store.MintIdentity(new SecureId(OwnerSid)));
        Assert.Equal(ErrorCode.None, laterInstance.Delete(name));
        Assert.Equal(ErrorCode.NotFound, Owner.Delete(name));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void The_definer_has_no_privilege_over_its_own_policies(PropertyType type)
    {
        PropertyName name = NameOf(1);
        Owner.Define(name, type, SecurityPolicy.AlwaysFail, SecurityPolicy.AlwaysFail);
        Assert.Equal(ErrorCode.PermissionDenied, Publish(Owner, name, type, 1));
        Assert.Equal(ErrorCode.PermissionDenied, Read(Owner, name, type, out _, out _));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_handle_survives_delete_and_definition_with_another_type(PropertyType type)
    {
        PropertyName name = Defined(PropertyType.Int);
        using IProperty handle = Stranger.Attach(name);
        Assert.Equal(ErrorCode.None, handle.Set(1));
        Owner.Delete(name);
        Assert.Equal(ErrorCode.NotFound, handle.Set(1));
        Assert.Equal(ErrorCode.NotFound, handle.Get(out _, out _));
        Defined(type);
        Assert.Equal(ErrorCode.None, Publish(handle, type, 7));
        Assert.Equal(ErrorCode.None, Read(Owner, name, type, out int number, out _));
        Assert.Equal(7, number);
    }

    [Fact]
    public void Policies_ask_for_all_capabilities_and_the_id()
    {
        IPropertyClient Client(uint sid, uint vendor, params Capability[] held) =>
            Store.Open(Store.MintIdentity(new SecureId(sid), CapabilitySet.Of(held), vendor));
        (SecurityPolicy Policy, IPropertyClient Passes, IPropertyClient Fails)[] cases =
        [
            (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.Location), Client(1, 0, Capability.Tcb, Capability.Location), Client(1, 0, Capability.Tcb)),
            (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.CommDD, Capability.PowerMgmt, Capability.Drm), Client(1, 0, [.. Enum.GetValues<Capability>()]), Client(1, 0)),
            (SecurityPolicy.ForSecureId(new SecureId(5)), Client(5, 0), Client(6, 5, [.. Enum.GetValues<Capability>()])),
            (SecurityPolicy.ForSecureId(new SecureId(5), Capability.Drm), Client(5, 0, Capability.Drm), Client(5, 0)),
            (SecurityPolicy.ForVendorId(5), Client(1, 5), Client(5, 0)),
        ];
        uint key = 0;
        foreach ((SecurityPolicy policy, IPropertyClient passes, IPropertyClient fails) in cases)
        {
            PropertyName name = NameOf(++key);
            Assert.Equal(ErrorCode.None, Owner.Define(name, PropertyType.Int, policy, policy));
            Assert.Equal((ErrorCode.None, ErrorCode.None), (passes.Set(name, 1), passes.Get(name, out _)));
            Assert.Equal((ErrorCode.PermissionDenied, ErrorCode.PermissionDenied), (fails.Set(name, 1), fails.Get(name, out _)));
        }

        PropertyName nobody = NameOf(++key);
        Owner.Define(nobody, PropertyType.Int, SecurityPolicy.ForSecureId(default), SecurityPolicy.ForVendorId(0));
        Assert.Equal((ErrorCode.PermissionDenied, ErrorCode.PermissionDenied), (Client(0, 0).Set(nobody, 1), Client(0, 0).Get(nobody, out _)));
    }

    [Fact]
    public void Without_enforcement_every_failed_check_passes()
    {
        using IPropertyStore open = CreateStore(new PropertyStoreOptions { EnforcePolicies = false, Scheduler = Scheduler });
        IPropertyClient one = open.Open(open.MintIdentity(new SecureId(1)));
        IPropertyClient two = open.Open(open.MintIdentity(new SecureId(2)));
        Assert.Equal(ErrorCode.None, one.Define(NameOf(1), PropertyType.Int, SecurityPolicy.AlwaysFail, SecurityPolicy.AlwaysFail));
        Assert.Equal(ErrorCode.None, two.Set(NameOf(1), 4));
        Assert.Equal(ErrorCode.None, two.Get(NameOf(1), out int value));
        Assert.Equal(4, value);
        Assert.Equal(ErrorCode.None, two.Delete(NameOf(1)));
    }
}
