#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Fact]
    public async Task What_lasts_as_long_as_a_client_is_deleted_with_it_and_nothing_else_is()
    {
        IPropertyClient client = Store.Open(Store.MintIdentity(new SecureId(OwnerSid)));
        IPropertyClient twin = Store.Open(client.Identity);
        Assert.Equal(ErrorCode.None, client.Define(NameOf(1), PropertyType.Int, Pass, Pass, lifetime: PropertyLifetime.Client));
        Assert.Equal(ErrorCode.None, client.Define(NameOf(2), PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.None, twin.Define(NameOf(3), PropertyType.Int, Pass, Pass, lifetime: PropertyLifetime.Client));
        var seen = new List<PropertyChange>();
        using IDisposable observer = Observe(NameOf(1), Delivery.Inline, seen);
        using IProperty handle = client.Attach(NameOf(1));
        ValueTask<ErrorCode> pending = handle.SubscribeAsync();
        client.Dispose();
        client.Dispose();
        Scheduler.Start();
        Assert.Equal(PropertyChangeKind.Deleted, seen[^1].Kind);
        Assert.Equal([NameOf(2), NameOf(3)], Owner.List().Select(p => p.Name));
        Assert.Equal(ErrorCode.NotFound, await Outcome(pending));
        Assert.Throws<ObjectDisposedException>(() => client.Set(NameOf(2), 1));
        Assert.Throws<ObjectDisposedException>(() => client.Define(NameOf(4), PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.None, twin.Set(NameOf(2), 1));
    }

    [Fact]
    public void An_illegal_lifetime_is_Argument_and_a_persisted_one_needs_a_file()
    {
        Assert.Equal(ErrorCode.Argument, Owner.Define(NameOf(1), PropertyType.ByteArray, Pass, Pass, 513, (PropertyLifetime)3));
        Assert.Equal(ErrorCode.TooBig, Owner.Define(NameOf(1), PropertyType.ByteArray, Pass, Pass, 513, PropertyLifetime.Persisted));
        Assert.Equal(ErrorCode.NotSupported, Owner.Define(NameOf(1), PropertyType.ByteArray, Pass, Pass, 0, PropertyLifetime.Persisted));
        Assert.Equal(ErrorCode.NotFound, Owner.Delete(NameOf(1)));
    }

    [Fact]
    public void Persisted_properties_are_back_after_a_restart_with_value_stamp_policies_and_owner()
    {
        using var folder = new TemporaryFolder();
        SecurityPolicy read = SecurityPolicy.ForCapabilities(Capability.ReadDeviceData);
        Stamp last;
        using (IPropertyStore store = Reopen(folder))
        {
            IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid), Capability.ReadDeviceData));
            client.Define(NameOf(1), PropertyType.Int, read, Pass, lifetime: PropertyLifetime.Persisted);
            client.Define(NameOf(2), PropertyType.ByteArray, Pass, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), 100, PropertyLifetime.Persisted);
            client.Define(NameOf(3), PropertyType.LargeByteArray, Pass, Pass, lifetime: PropertyLifetime.Persisted);
            client.Define(NameOf(4), PropertyType.Int, Pass, Pass);
            client.Define(NameOf(5), PropertyType.Int, Pass, Pass, lifetime: PropertyLifetime.Persisted);
            client.Set(NameOf(1), -5);
            client.Set(NameOf(2), BytesOf(7));
            client.Set(NameOf(4), 1);
            client.Set(NameOf(5), 1);
            client.Delete(NameOf(5));
            last = store.Revision;
        }

        using IPropertyStore again = Reopen(folder);
        IPropertyClient owner = again.Open(again.MintIdentity(new SecureId(OwnerSid), Capability.ReadDeviceData));
        IPropertyClient stranger = again.Open(again.MintIdentity(new SecureId(9)));
        Assert.Equal(last, again.Revision);
        Assert.Equal([NameOf(1), NameOf(2), NameOf(3)], owner.List().Select(p => p.Name));
        Assert.Equal((ErrorCode.None, -5), (owner.Get(NameOf(1), out int value, out Stamp stamp), value));
        Assert.Equal(1, stamp.Value);
        Assert.Equal(ErrorCode.PermissionDenied, stranger.Get(NameOf(1), out _));
        Assert.Equal(ErrorCode.None, Read(stranger, NameOf(2), PropertyType.ByteArray, out value, out stamp));
        Assert.Equal((7, 2L), (value, stamp.Value));
        Assert.Equal(ErrorCode.PermissionDenied, stranger.Set(NameOf(2), BytesOf(1)));
        Assert.Equal(ErrorCode.AlreadyExists, owner.Define(NameOf(3), PropertyType.Int, Pass, Pass));
        Assert.Equal(ErrorCode.PermissionDenied, stranger.Delete(NameOf(3)));
        Assert.Equal(ErrorCode.None, owner.Set(NameOf(1), 6));
        Assert.Equal(last.Value + 1, again.Revision.Value);
    }

    [Fact]
    public void A_publish_reaches_the_file_on_the_scheduler_or_with_a_flush_and_never_waits_for_it()
    {
        using var folder = new TemporaryFolder();
        using IPropertyStore store = Reopen(folder);
        byte[] opened = File.ReadAllBytes(folder.StoreFile);
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass, lifetime: PropertyLifetime.Persisted);
        client.Set(NameOf(1), 1);
        Assert.Equal(opened, File.ReadAllBytes(folder.StoreFile));
        Scheduler.Start();
        byte[] first = File.ReadAllBytes(folder.StoreFile);
        client.Set(NameOf(1), 2);
        Assert.Equal(first, File.ReadAllBytes(folder.StoreFile));
        store.Flush();
        Assert.NotEqual(opened, first);
        byte[] second = File.ReadAllBytes(folder.StoreFile);
        Assert.NotEqual(first, second);
        DateTime written = File.GetLastWriteTimeUtc(folder.StoreFile);
        store.Flush();
        Assert.Equal(written, File.GetLastWriteTimeUtc(folder.StoreFile));
        Assert.Equal([folder.StoreFile, folder.StoreFile + ".lock"], Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_damaged_file_is_Corrupt_at_every_byte_and_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        using (IPropertyStore store = Reopen(folder))
        {
            IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
            client.Define(NameOf(1), PropertyType.ByteArray, Pass, Pass, lifetime: PropertyLifetime.Persisted);
            client.Set(NameOf(1), BytesOf(7));
        }

        byte[] whole = File.ReadAllBytes(folder.StoreFile);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x10;
            AssertCorrupt(damaged);
            AssertCorrupt(whole[..i]);
        }

        void AssertCorrupt(byte[] content)
        {
            File.WriteAllBytes(folder.StoreFile, content);
            Assert.Equal(ErrorCode.Corrupt, Assert.Throws<ConnException>(() => Reopen(folder)).Code);
            Assert.Equal(content, File.ReadAllBytes(folder.StoreFile));
        }
    }

    [Fact]
    public void A_store_is_not_made_on_a_file_that_cannot_be_written()
    {
        using var folder = new TemporaryFolder();
        Assert.ThrowsAny<IOException>(() => CreateStore(new PropertyStoreOptions { PersistencePath = Path.Combine(folder.Path, "absent", "bus") }));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_reported_and_the_next_publish_tries_again()
    {
        using var folder = new TemporaryFolder();
        string place = Path.Combine(folder.Path, "place");
        string elsewhere = Path.Combine(folder.Path, "elsewhere");
        Directory.CreateDirectory(place);
        var failures = new List<Exception>();
        using IPropertyStore store = CreateStore(
            new PropertyStoreOptions { Scheduler = Scheduler, ObserverFailed = failures.Add, PersistencePath = Path.Combine(place, "bus") });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        Directory.Move(place, elsewhere);
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass, lifetime: PropertyLifetime.Persisted);
        Scheduler.Start();
        Assert.IsAssignableFrom<IOException>(Assert.Single(failures));
        Assert.ThrowsAny<IOException>(store.Flush);
        Directory.Move(elsewhere, place);
        byte[] before = File.ReadAllBytes(Path.Combine(place, "bus"));
        Assert.Equal(ErrorCode.None, client.Set(NameOf(1), 1));
        Scheduler.Start();
        Assert.Single(failures);
        Assert.NotEqual(before, File.ReadAllBytes(Path.Combine(place, "bus")));
    }

    private IPropertyStore Reopen(TemporaryFolder folder) =>
        CreateStore(new PropertyStoreOptions { Scheduler = Scheduler, PersistencePath = folder.StoreFile });

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("conn-bus-").FullName;

        public string StoreFile => System.IO.Path.Combine(Path, "bus");

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
