#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Extensions;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises when its file cannot be read, written or locked.</summary>
public abstract class PropertyFileFailureContract : PersistenceSuite
{
    [Fact]
    public async Task A_store_is_not_made_on_a_file_that_cannot_be_written()
    {
        string folder = Path.GetDirectoryName(NewPath())!;
        await Assert.ThrowsAnyAsync<IOException>(async () => await OpenStoreAsync(Path.Combine(folder, "absent", "bus")));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_reported_and_the_next_publish_tries_again()
    {
        string path = NewPath();
        string place = Path.GetDirectoryName(path)!;
        string elsewhere = Path.Combine(Path.GetDirectoryName(NewPath())!, "elsewhere");
        var file = new PropertyFile(path);
        IPropertyStore store = await OpenStoreAsync(file);
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        Directory.Move(place, elsewhere);
        await client.DefineAsync(NameOf(1), Kept(), Token);
        await SettleAsync();
        Assert.IsAssignableFrom<IOException>(Assert.Single(Failures));
        Assert.Equal(1, store.ObserverFailures);
        Assert.ThrowsAny<IOException>(file.Flush);
        Directory.Move(elsewhere, place);
        byte[] before = await File.ReadAllBytesAsync(path, Token);
        await client.SetAsync(NameOf(1), 1, Token);
        await SettleAsync();
        Assert.Single(Failures);
        Assert.NotEqual(before, await File.ReadAllBytesAsync(path, Token));
    }

    [Fact]
    public async Task A_flush_writes_what_an_earlier_write_could_not()
    {
        string path = NewPath();
        string place = Path.GetDirectoryName(path)!;
        string elsewhere = Path.Combine(Path.GetDirectoryName(NewPath())!, "elsewhere");
        string crashed = NewPath();
        var file = new PropertyFile(path);
        IPropertyClient client = await OpenAsync(await OpenStoreAsync(file), OwnerSid);
        Directory.Move(place, elsewhere);
        await client.DefineAsync(NameOf(1), Kept(), Token);
        await client.SetAsync(NameOf(1), 5, Token);
        await SettleAsync();
        Assert.Single(Failures);
        Directory.Move(elsewhere, place);
        file.Flush();
        File.Copy(path, crashed);
        IPropertyClient later = await OpenAsync(await OpenStoreAsync(crashed), OwnerSid);
        Assert.Equal(5, (await later.TryReadAsync(NameOf(1), Token)).Value.Int);
    }

    [Fact]
    public async Task Disposing_a_store_that_cannot_write_its_last_changes_throws_and_ends_it_all_the_same()
    {
        string path = NewPath();
        string place = Path.GetDirectoryName(path)!;
        string elsewhere = Path.Combine(Path.GetDirectoryName(NewPath())!, "elsewhere");
        IPropertyStore store = await OpenStoreAsync(path);
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        await client.DefineAsync(NameOf(1), Kept(), Token);
        ChangeRecorder recorder = Observed(client, NameOf(1), new ObserveOptions(), out IDisposable subscription);
        Directory.Move(place, elsewhere);
        await Assert.ThrowsAnyAsync<IOException>(async () => await store.DisposeAsync());
        await store.DisposeAsync();
        Directory.Move(elsewhere, place);
        await SettleAsync();
        Assert.Equal(1, recorder.Completions);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.TryReadAsync(NameOf(1), Token));
        Assert.Empty(await (await OpenAsync(await OpenStoreAsync(path), OwnerSid)).ListAsync(null, Token));
        subscription.Dispose();
    }

    [Fact]
    public async Task A_second_store_on_one_file_is_refused_with_InUse_until_the_first_is_disposed()
    {
        string path = NewPath();
        IPropertyStore store = await OpenStoreAsync(path);
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        await client.DefineAsync(NameOf(1), Kept(), Token);
        ConnException refused = await Assert.ThrowsAsync<ConnException>(async () => await OpenStoreAsync(path));
        Assert.Equal(ErrorCode.InUse, refused.Code);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        await client.SetAsync(NameOf(1), 5, Token);
        await store.DisposeAsync();
        IPropertyClient next = await OpenAsync(await OpenStoreAsync(path), OwnerSid);
        Assert.Equal(5, (await next.TryReadAsync(NameOf(1), Token)).Value.Int);
    }

    [Fact]
    public async Task Nothing_is_written_after_another_program_removed_or_replaced_the_lock_file()
    {
        string path = NewPath();
        IPropertyStore store = await OpenStoreAsync(path);
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        byte[] opened = await File.ReadAllBytesAsync(path, Token);
        foreach (bool replaced in new[] { false, true })
        {
            File.Delete(path + ".lock");
            if (replaced)
            {
                await File.WriteAllTextAsync(path + ".lock", "another one", Token);
            }

            await client.DefineAsync(NameOf(replaced ? 2u : 1u), Kept(), Token);
            await SettleAsync();
        }

        Assert.Equal(2, Failures.Count);
        Assert.All(Failures, f => Assert.IsAssignableFrom<IOException>(f));
        await Assert.ThrowsAnyAsync<IOException>(async () => await store.DisposeAsync());
        Assert.Equal(opened, await File.ReadAllBytesAsync(path, Token));
    }

    [Theory]
    [InlineData("bus")]
    [InlineData("bus.lock")]
    public async Task A_symbolic_link_is_refused_and_not_followed(string link)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        string path = NewPath();
        string target = NewPath();
        await File.WriteAllTextAsync(target, "precious", Token);
        File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(path)!, link), target);
        await Assert.ThrowsAnyAsync<IOException>(async () => await OpenStoreAsync(path));
        Assert.Equal("precious", await File.ReadAllTextAsync(target, Token));
    }

    [Fact]
    public async Task A_store_that_could_not_be_made_holds_nothing()
    {
        string path = NewPath();
        var file = new PropertyFile(path);
        await File.WriteAllBytesAsync(path, [1, 2, 3], Token);
        Assert.Equal(ErrorCode.Corrupt, (await Assert.ThrowsAsync<ConnException>(async () => await OpenStoreAsync(file))).Code);
        File.Delete(path);
        Assert.Equal(Revision.None, (await OpenStoreAsync(file)).Revision);
    }
}
