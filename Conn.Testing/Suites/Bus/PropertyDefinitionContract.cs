#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about definitions: who makes and deletes them, what is refused and in which order.</summary>
public abstract class PropertyDefinitionContract : PropertyStoreSuite
{
    private const PropertyType IllegalType = (PropertyType)3;
    private static readonly SecurityPolicy Malformed = new((PolicyKind)9, 0, default);
    private static readonly PropertyName Foreign = new(0x20000009, 1);

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_new_definition_has_the_initial_value_and_was_never_published(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        PropertyReading reading = await Stranger.TryReadAsync(name, Token);
        Assert.Equal((ErrorCode.Success, 0, Revision.None), (reading.Code, NumberOf(reading.Value), reading.Revision));
        Assert.Equal((type != PropertyType.Int, 0), (reading.Value.IsBytes, reading.Value.Bytes.Length));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_second_definition_changes_nothing(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        Revision revision = await SetAsync(name, ValueOf(type, 5));
        foreach (PropertyType other in Enum.GetValues<PropertyType>())
        {
            Assert.Equal(ErrorCode.AlreadyExists, await Owner.TryDefineAsync(name, Guarded(other, Fail, Fail), Token));
        }

        PropertyReading reading = await Stranger.TryReadAsync(name, Token);
        Assert.Equal((ErrorCode.Success, 5, revision), (reading.Code, NumberOf(reading.Value), reading.Revision));
    }

    [Fact]
    public async Task A_definition_is_checked_in_the_documented_order()
    {
        PropertyDefinition all = new() { Type = IllegalType, Read = Malformed, Write = Malformed, Lifetime = (PropertyLifetime)3 };
        PropertyDefinition bytes = Open(PropertyType.ByteArray);
        (ErrorCode Code, PropertyName Name, PropertyDefinition Definition)[] cases =
        [
            (ErrorCode.Argument, SystemProperties.BackupRestoreKey, all with { Preallocate = -1 }),
            (ErrorCode.TooBig, SystemProperties.BackupRestoreKey, all with { Preallocate = 65536 }),
            (ErrorCode.AccessDenied, SystemProperties.BackupRestoreKey, all with { Preallocate = 65535 }),
            (ErrorCode.PermissionDenied, Foreign, all with { Preallocate = 65535 }),
            (ErrorCode.Argument, NameOf(1), bytes with { Read = Malformed, Preallocate = 513 }),
            (ErrorCode.Argument, NameOf(1), bytes with { Write = Malformed, Preallocate = 513 }),
            (ErrorCode.Argument, NameOf(1), bytes with { Type = IllegalType, Preallocate = 513 }),
            (ErrorCode.Argument, NameOf(1), bytes with { Type = (PropertyType)(-1) }),
            (ErrorCode.Argument, NameOf(1), bytes with { Type = PropertyType.Int, Preallocate = 4 }),
            (ErrorCode.Argument, NameOf(1), bytes with { Lifetime = (PropertyLifetime)3, Preallocate = 513 }),
            (ErrorCode.TooBig, NameOf(1), bytes with { Lifetime = PropertyLifetime.Persisted, Preallocate = 513 }),
            (ErrorCode.NotSupported, NameOf(1), bytes with { Lifetime = PropertyLifetime.Persisted, Preallocate = 512 }),
        ];

        // The same refusals for a name that is not defined, and for one that is.
        for (int round = 0; round < 2; round++)
        {
            foreach ((ErrorCode code, PropertyName name, PropertyDefinition definition) in cases)
            {
                Assert.Equal((code, name), (await Owner.TryDefineAsync(name, definition, Token), name));
            }

            ErrorCode last = await Owner.TryDefineAsync(NameOf(1), bytes with { Preallocate = 512 }, Token);
            Assert.Equal(round == 0 ? ErrorCode.Success : ErrorCode.AlreadyExists, last);
        }

        Assert.Equal(ErrorCode.PermissionDenied, await Stranger.TryDefineAsync(NameOf(1), Open(PropertyType.Int), Token));
    }

    [Fact]
    public async Task The_right_to_define_is_the_own_category_or_a_low_one_with_WriteDeviceData()
    {
        PropertyDefinition open = Open(PropertyType.Int);
        IPropertyClient writer = await OpenAsync(0x20000003, Capability.WriteDeviceData);
        IPropertyClient atThreshold = await OpenAsync(SystemProperties.SecurityThresholdCategory);
        PropertyName below = new(SystemProperties.SecurityThresholdCategory - 1, 1);
        PropertyName at = new(SystemProperties.SecurityThresholdCategory, 1);
        Assert.Equal(ErrorCode.PermissionDenied, await Owner.TryDefineAsync(below, open, Token));
        Assert.Equal(ErrorCode.Success, await writer.TryDefineAsync(below, open, Token));
        Assert.Equal(ErrorCode.PermissionDenied, await writer.TryDefineAsync(at, open, Token));
        Assert.Equal(ErrorCode.PermissionDenied, await writer.TryDefineAsync(NameOf(1), open, Token));
        Assert.Equal(ErrorCode.Success, await atThreshold.TryDefineAsync(at, open, Token));
    }

    [Fact]
    public async Task The_own_category_stands_for_the_secure_id_in_define_and_delete_only()
    {
        PropertyName own = new(PropertyName.OwnCategory, 1);
        await DefineAsync(own, Open(PropertyType.Int));
        Assert.Equal(ErrorCode.NotFound, (await Owner.TrySetAsync(own, 1, Token)).Code);
        Assert.Equal(ErrorCode.NotFound, (await Owner.TryReadAsync(own, Token)).Code);
        using IProperty handle = await Owner.AttachAsync(own, Token);
        AssertRefused(ErrorCode.NotFound, handle);
        await SetAsync(NameOf(1), 1);
        await DeleteAsync(own);
        Assert.Equal(ErrorCode.NotFound, (await Owner.TryReadAsync(NameOf(1), Token)).Code);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Only_the_definer_deletes_whatever_the_policies_are(PropertyType type)
    {
        PropertyName name = NameOf(1);
        using IProperty attached = await Owner.AttachAsync(name, Token);
        Assert.Equal(ErrorCode.NotFound, await Owner.TryDeleteAsync(name, Token));
        await DefineAsync(name, Guarded(type, Fail, Fail));
        IPropertyClient capable = await OpenAsync(0x20000004, [.. Enum.GetValues<Capability>()]);
        IPropertyClient laterInstance = await OpenAsync(OwnerSid);
        Assert.Equal(ErrorCode.PermissionDenied, await capable.TryDeleteAsync(name, Token));
        Assert.Equal(ErrorCode.Success, await laterInstance.TryDeleteAsync(name, Token));
        Assert.Equal(ErrorCode.NotFound, await Owner.TryDeleteAsync(name, Token));
        Assert.Equal(ErrorCode.NotFound, await capable.TryDeleteAsync(name, Token));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_handle_survives_delete_and_definition_with_another_type(PropertyType type)
    {
        PropertyName name = await DefinedAsync();
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        Assert.Equal(ErrorCode.Success, (await handle.TrySetAsync(1, Token)).Code);
        await DeleteAsync(name);
        Assert.Equal(ErrorCode.NotFound, (await handle.TrySetAsync(1, Token)).Code);
        AssertRefused(ErrorCode.NotFound, handle);
        await DefinedAsync(type);
        Revision revision = (await handle.TrySetAsync(ValueOf(type, 7), Token)).Revision;
        Assert.Equal((ErrorCode.Success, 7, revision), Read(handle, type));
    }

    [Fact]
    public async Task The_key_of_the_mode_is_reserved_for_the_engine()
    {
        PropertyName key = SystemProperties.BackupRestoreKey;
        IPropertyClient capable = await OpenAsync(0x20000003, [.. Enum.GetValues<Capability>()]);
        IPropertyClient category = await OpenAsync(SystemProperties.SystemCategory);
        IPropertyClient engine = await OpenAsync(SecureId.Engine.Value);
        Assert.Equal(ErrorCode.AccessDenied, await capable.TryDefineAsync(key, SystemProperties.BackupRestoreDefinition, Token));
        Assert.Equal(ErrorCode.AccessDenied, await category.TryDefineAsync(key, SystemProperties.BackupRestoreDefinition, Token));
        Assert.Equal(ErrorCode.AccessDenied, await category.TryDefineAsync(key with { Category = PropertyName.OwnCategory }, Open(PropertyType.Int), Token));
        Assert.Equal(ErrorCode.Success, await engine.TryDefineAsync(key, SystemProperties.BackupRestoreDefinition, Token));
        Assert.Equal(ErrorCode.AlreadyExists, await engine.TryDefineAsync(key, SystemProperties.BackupRestoreDefinition, Token));
        Assert.Equal(ErrorCode.AccessDenied, await capable.TryDefineAsync(key, SystemProperties.BackupRestoreDefinition, Token));
        Assert.Equal(ErrorCode.Success, await capable.TryDefineAsync(key with { Key = 1 }, Open(PropertyType.Int), Token));
        Assert.Equal(ErrorCode.PermissionDenied, await engine.TryDefineAsync(key with { Key = 2 }, Open(PropertyType.Int), Token));
        Assert.Equal(ErrorCode.PermissionDenied, (await capable.TrySetAsync(key, 1, Token)).Code);
        Assert.Equal(ErrorCode.Success, (await engine.TrySetAsync(key, 1, Token)).Code);
        Assert.Equal(1, (await Stranger.TryReadAsync(key, Token)).Value.Int);
    }

    [Fact]
    public async Task Without_enforcement_every_failed_check_passes()
    {
        IPropertyStore store = await NewStoreAsync(new PropertyStoreOptions { EnforcePolicies = false });
        IPropertyClient one = await OpenAsync(store, 1);
        IPropertyClient two = await OpenAsync(store, 2);
        Assert.Equal(ErrorCode.Success, await one.TryDefineAsync(NameOf(1), Guarded(PropertyType.Int, Fail, Fail), Token));
        Assert.Equal(ErrorCode.Success, await one.TryDefineAsync(SystemProperties.BackupRestoreKey, Open(PropertyType.Int), Token));
        Assert.Equal(ErrorCode.Success, (await two.TrySetAsync(NameOf(1), 4, Token)).Code);
        Assert.Equal(4, (await two.TryReadAsync(NameOf(1), Token)).Value.Int);
        Assert.Equal(ErrorCode.Success, await two.TryDeleteAsync(NameOf(1), Token));
    }

    [Fact]
    public async Task A_store_has_a_bounded_number_of_names()
    {
        IPropertyStore store = await NewStoreAsync(new PropertyStoreOptions { MaxNames = 2 });
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        PropertyDefinition open = Open(PropertyType.Int);
        Assert.Equal(ErrorCode.Success, await client.TryDefineAsync(NameOf(1), open, Token));
        IProperty handle = await client.AttachAsync(NameOf(2), Token);
        Assert.Equal(ErrorCode.NoMemory, (await Assert.ThrowsAsync<ConnException>(async () => await client.AttachAsync(NameOf(3), Token))).Code);
        Assert.Equal(ErrorCode.NoMemory, await client.TryDefineAsync(NameOf(3), open, Token));
        using IProperty known = await client.AttachAsync(NameOf(1), Token);
        handle.Dispose();
        Assert.Equal(ErrorCode.Success, await client.TryDefineAsync(NameOf(3), open, Token));
    }

    [Fact]
    public async Task An_identity_opens_only_the_store_that_minted_it()
    {
        IPropertyStore other = await NewStoreAsync(new PropertyStoreOptions());
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.OpenAsync(other.MintIdentity(SecureId.Engine), Token));
        Assert.Throws<ArgumentException>(() => Store.MintIdentity(SecureId.Engine, new CapabilitySet(1u << 20)));
    }
}
