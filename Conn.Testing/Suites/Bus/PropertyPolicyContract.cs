#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about policies: what each kind asks for, which ones are refused, and that each call is checked.</summary>
public abstract class PropertyPolicyContract : PropertyStoreSuite
{
    [Theory]
    [MemberData(nameof(Types))]
    public async Task Every_kind_of_policy_guards_every_type(PropertyType type)
    {
        var held = CapabilitySet.Of(Capability.Tcb, Capability.Drm, Capability.Location, Capability.CommDD);
        IPropertyClient client = await Store.OpenAsync(Store.MintIdentity(new SecureId(5), held, 6), Token);
        (SecurityPolicy Policy, bool Passes)[] cases =
        [
            (Pass, true), (Fail, false),
            (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.Drm), true),
            (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.PowerMgmt), false),
            (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.Drm, Capability.Location, Capability.CommDD), true),
            (SecurityPolicy.ForCapabilities(Capability.Tcb, Capability.Drm, Capability.Location, Capability.PowerMgmt), false),
            (SecurityPolicy.ForSecureId(new SecureId(5)), true), (SecurityPolicy.ForSecureId(new SecureId(6)), false),
            (SecurityPolicy.ForSecureId(new SecureId(5), Capability.Tcb), true), (SecurityPolicy.ForSecureId(new SecureId(5), Capability.PowerMgmt), false),
            (SecurityPolicy.ForVendorId(6), true), (SecurityPolicy.ForVendorId(5), false),
            (SecurityPolicy.ForVendorId(6, Capability.Tcb, Capability.Drm), true), (SecurityPolicy.ForVendorId(6, Capability.Tcb, Capability.PowerMgmt), false),
        ];
        uint key = 0;
        foreach ((SecurityPolicy policy, bool passes) in cases)
        {
            PropertyName name = NameOf(++key);
            await DefineAsync(name, Guarded(type, policy, policy));
            using IProperty handle = await client.AttachAsync(name, Token);
            ErrorCode expected = passes ? ErrorCode.Success : ErrorCode.PermissionDenied;
            PublishResult published = await client.TrySetAsync(name, ValueOf(type, 7), Token);
            PropertyReading read = await client.TryReadAsync(name, Token);
            Assert.Equal((expected, expected, passes ? 7 : 0), (published.Code, read.Code, NumberOf(read.Value)));
            Assert.Equal((expected, passes ? 7 : 0, published.Revision), Read(handle, type));
        }

        Assert.Equal(cases.Count(c => c.Passes), (await client.ListAsync(OwnerSid, Token)).Count);
    }

    [Fact]
    public async Task An_id_of_0_passes_no_policy()
    {
        PropertyName name = NameOf(1);
        await DefineAsync(name, Guarded(PropertyType.Int, SecurityPolicy.ForSecureId(default), SecurityPolicy.ForVendorId(0)));
        IPropertyClient none = await OpenAsync(0);
        Assert.Equal(ErrorCode.PermissionDenied, (await none.TrySetAsync(name, 1, Token)).Code);
        Assert.Equal(ErrorCode.PermissionDenied, (await none.TryReadAsync(name, Token)).Code);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task The_definer_has_no_privilege_over_its_own_policies(PropertyType type)
    {
        PropertyName name = NameOf(1);
        await DefineAsync(name, Guarded(type, Fail, Fail));
        using IProperty handle = await Owner.AttachAsync(name, Token);
        Assert.Equal(ErrorCode.PermissionDenied, (await Owner.TrySetAsync(name, ValueOf(type, 1), Token)).Code);
        Assert.Equal(ErrorCode.PermissionDenied, (await handle.TrySetAsync(ValueOf(type, 1), Token)).Code);
        Assert.Equal(ErrorCode.PermissionDenied, (await Owner.TryReadAsync(name, Token)).Code);
        AssertRefused(ErrorCode.PermissionDenied, handle);
    }

    [Fact]
    public async Task A_policy_of_parts_that_do_not_go_together_is_Argument()
    {
        var one = CapabilitySet.Of(Capability.Tcb);
        var four = CapabilitySet.Of(Capability.Tcb, Capability.CommDD, Capability.PowerMgmt, Capability.Drm);
        var eight = new CapabilitySet(0xFF);
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
        foreach (SecurityPolicy policy in malformed)
        {
            Assert.Equal((ErrorCode.Argument, policy), (await Owner.TryDefineAsync(NameOf(1), Guarded(PropertyType.Int, policy, Pass), Token), policy));
            Assert.Equal((ErrorCode.Argument, policy), (await Owner.TryDefineAsync(NameOf(1), Guarded(PropertyType.Int, Pass, policy), Token), policy));
            Assert.False(policy.Passes(Owner.Identity));
        }

        Assert.Equal(ErrorCode.NotFound, await Owner.TryDeleteAsync(NameOf(1), Token));
        SecurityPolicy[] legal =
        [
            new(PolicyKind.Capabilities3, 0, one), new(PolicyKind.Capabilities7, 0, one), new(PolicyKind.Capabilities7, 0, four),
            new(PolicyKind.SecureId, 1, one), new(PolicyKind.VendorId, 1, one),
        ];
        foreach (SecurityPolicy policy in legal)
        {
            await DefineAsync(NameOf(1), Guarded(PropertyType.Int, policy, policy));
            await DeleteAsync(NameOf(1));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_grant_ends_with_the_definition_for_which_it_was_given(PropertyType type)
    {
        PropertyName name = NameOf(1);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        for (int i = 0; i < 3; i++)
        {
            await DefinedAsync(type);
            Revision revision = (await handle.TrySetAsync(ValueOf(type, i), Token)).Revision;
            Assert.Equal((ErrorCode.Success, i, revision), Read(handle, type));
            await DeleteAsync(name);
            await DefineAsync(name, Guarded(type, Owners, Fail));
            await SettleAsync();
            Assert.Equal(ErrorCode.PermissionDenied, (await handle.TrySetAsync(ValueOf(type, i), Token)).Code);
            AssertRefused(ErrorCode.PermissionDenied, handle);
            await DeleteAsync(name);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Only_the_read_policy_decides_on_subscriptions(PropertyType type)
    {
        await DefineAsync(NameOf(1), Guarded(type, Pass, Owners));
        await DefineAsync(NameOf(2), Guarded(type, Owners, Pass));
        using IProperty readable = await Stranger.AttachAsync(NameOf(1), Token);
        using IProperty writable = await Stranger.AttachAsync(NameOf(2), Token);
        ValueTask<ErrorCode> allowed = readable.SubscribeAsync(Token);
        ValueTask<ErrorCode> refused = writable.SubscribeAsync(Token);
        await SettleAsync();
        Assert.False(allowed.IsCompleted);
        Assert.Equal(ErrorCode.PermissionDenied, await Outcome(refused));
        Assert.Equal(ErrorCode.PermissionDenied, (await readable.TrySetAsync(ValueOf(type, 1), Token)).Code);
        Assert.Equal(ErrorCode.Success, (await writable.TrySetAsync(ValueOf(type, 1), Token)).Code);
        await SetAsync(NameOf(1), ValueOf(type, 1));
        await SettleAsync();
        Assert.Equal(ErrorCode.Success, await Outcome(allowed));
    }
}
