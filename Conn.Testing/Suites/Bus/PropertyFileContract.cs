#pragma warning disable CS1591 // A test's name is its documentation.
using System.Reactive.Concurrency;
using Conn.PubSub;
using Conn.PubSub.Extensions;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store with a file promises about persisted properties.</summary>
public abstract class PropertyFileContract : PersistenceSuite
{
    [Fact]
    public async Task Persisted_properties_are_back_after_a_restart_with_value_revision_policies_and_owner()
    {
        string file = NewPath();
        SecurityPolicy read = SecurityPolicy.ForCapabilities(Capability.ReadDeviceData);
        IPropertyStore store = await OpenStoreAsync(file);
        IPropertyClient client = await OpenAsync(store, OwnerSid, Capability.ReadDeviceData);
        await client.DefineAsync(NameOf(1), Kept() with { Read = read }, Token);
        await client.DefineAsync(NameOf(2), Kept(PropertyType.ByteArray) with { Write = Owners, Preallocate = 100 }, Token);
        await client.DefineAsync(NameOf(3), Kept(PropertyType.LargeByteArray), Token);
        await client.DefineAsync(NameOf(4), Open(PropertyType.Int), Token);
        await client.DefineAsync(NameOf(5), Kept(), Token);
        Revision one = await client.SetAsync(NameOf(1), -5, Token);
        Revision two = await client.SetAsync(NameOf(2), BytesOf(7), Token);
        await client.SetAsync(NameOf(4), 1, Token);
        await client.SetAsync(NameOf(5), 1, Token);
        await client.TryDeleteAsync(NameOf(5), Token);
        Revision last = store.Revision;
        await client.DisposeAsync();
        await store.DisposeAsync();

        IPropertyStore again = await OpenStoreAsync(file);
        IPropertyClient owner = await OpenAsync(again, OwnerSid, Capability.ReadDeviceData);
        IPropertyClient stranger = await OpenAsync(again, StrangerSid);
        Assert.Equal(last, again.Revision);
        IReadOnlyList<PropertyInfo> list = await owner.ListAsync(null, Token);
        Assert.Equal([NameOf(1), NameOf(2), NameOf(3)], list.Select(p => p.Name));
        Assert.All(list, p => Assert.Equal((PropertyLifetime.Persisted, new SecureId(OwnerSid)), (p.Lifetime, p.Owner)));
        Assert.Equal(new PropertyReading(ErrorCode.Success, -5, one), await owner.TryReadAsync(NameOf(1), Token));
        Assert.Equal(ErrorCode.PermissionDenied, (await stranger.TryReadAsync(NameOf(1), Token)).Code);
        Assert.Equal(new PropertyReading(ErrorCode.Success, BytesOf(7), two), await stranger.TryReadAsync(NameOf(2), Token));
        Assert.Equal(new PropertyReading(ErrorCode.Success, Array.Empty<byte>(), Revision.None), await stranger.TryReadAsync(NameOf(3), Token));
        Assert.Equal(ErrorCode.PermissionDenied, (await stranger.TrySetAsync(NameOf(2), BytesOf(1), Token)).Code);
        Assert.Equal(ErrorCode.AlreadyExists, await owner.TryDefineAsync(NameOf(3), Open(PropertyType.Int), Token));
        Assert.Equal(ErrorCode.PermissionDenied, await stranger.TryDeleteAsync(NameOf(3), Token));
        Assert.True((await owner.TryCompareAndSetAsync(NameOf(1), 6, one, Token)).Revision > last);
    }

    [Fact]
    public async Task A_publish_reaches_the_file_on_the_scheduler_or_with_a_flush_and_never_waits_for_it()
    {
        string path = NewPath();
        var file = new PropertyFile(path);
        IPropertyStore store = await OpenStoreAsync(file);
        byte[] opened = await File.ReadAllBytesAsync(path, Token);
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        await client.DefineAsync(NameOf(1), Kept(), Token);
        await client.SetAsync(NameOf(1), 1, Token);
        Assert.Equal(opened, await File.ReadAllBytesAsync(path, Token));
        await SettleAsync();
        byte[] first = await File.ReadAllBytesAsync(path, Token);
        Assert.NotEqual(opened, first);
        await client.SetAsync(NameOf(1), 2, Token);
        Assert.Equal(first, await File.ReadAllBytesAsync(path, Token));
        file.Flush();
        byte[] second = await File.ReadAllBytesAsync(path, Token);
        Assert.NotEqual(first, second);
        DateTime written = File.GetLastWriteTimeUtc(path);
        file.Flush();
        await SettleAsync();
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
        Assert.Equal([path, path + ".lock"], Directory.GetFiles(Path.GetDirectoryName(path)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_file_that_served_a_store_before_is_written_on_the_scheduler_of_the_next_one()
    {
        string path = NewPath();
        var file = new PropertyFile(path);
        IPropertyStore first = await NewStoreAsync(new PropertyStoreOptions { Scheduler = new HistoricalScheduler(), Persistence = file });
        await (await OpenAsync(first, OwnerSid)).DefineAsync(NameOf(1), Kept(), Token);

        // Its write was scheduled and did not run: the last changes were written by the end of the store.
        await first.DisposeAsync();
        IPropertyClient client = await OpenAsync(await OpenStoreAsync(file), OwnerSid);
        byte[] opened = await File.ReadAllBytesAsync(path, Token);
        await client.SetAsync(NameOf(1), 1, Token);
        await SettleAsync();
        Assert.NotEqual(opened, await File.ReadAllBytesAsync(path, Token));
    }

    [Theory]
    [InlineData(PropertyLifetime.Persisted)]
    [InlineData(PropertyLifetime.Store)]
    public async Task What_is_deleted_and_defined_again_between_two_writes_is_in_the_file_as_it_is_last(PropertyLifetime last)
    {
        var file = new PropertyFile(NewPath());
        IPropertyStore store = await OpenStoreAsync(file);
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        await client.DefineAsync(NameOf(1), Kept(), Token);
        await client.SetAsync(NameOf(1), 1, Token);
        file.Flush();
        await client.SetAsync(NameOf(1), 2, Token);
        await client.TryDeleteAsync(NameOf(1), Token);
        await client.DefineAsync(NameOf(1), Open(PropertyType.ByteArray) with { Lifetime = last }, Token);
        await client.SetAsync(NameOf(1), BytesOf(3), Token);
        file.Flush();
        await client.SetAsync(NameOf(1), BytesOf(4), Token);
        await store.DisposeAsync();

        // A file may be used again by the next store.
        IPropertyStore again = await OpenStoreAsync(file);
        PropertyReading reading = await (await OpenAsync(again, OwnerSid)).TryReadAsync(NameOf(1), Token);
        Assert.Equal(last == PropertyLifetime.Persisted ? (ErrorCode.Success, 4) : (ErrorCode.NotFound, 0), (reading.Code, NumberOf(reading.Value)));
    }

    [Fact]
    public async Task A_damaged_file_is_Corrupt_at_every_byte_and_left_as_it_is()
    {
        string path = NewPath();
        IPropertyStore store = await OpenStoreAsync(path);
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        await client.DefineAsync(NameOf(1), Kept(PropertyType.ByteArray), Token);
        await client.SetAsync(NameOf(1), BytesOf(7), Token);
        await store.DisposeAsync();
        byte[] whole = await File.ReadAllBytesAsync(path, Token);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x10;
            await AssertCorruptAsync(damaged);
            await AssertCorruptAsync(whole[..i]);
        }

        await File.WriteAllBytesAsync(path, whole, Token);
        Assert.True((await OpenStoreAsync(path)).Revision > Revision.None);

        async Task AssertCorruptAsync(byte[] content)
        {
            await File.WriteAllBytesAsync(path, content, Token);
            Assert.Equal(ErrorCode.Corrupt, (await Assert.ThrowsAsync<ConnException>(async () => await OpenStoreAsync(path))).Code);
            Assert.Equal(content, await File.ReadAllBytesAsync(path, Token));
        }
    }
}
