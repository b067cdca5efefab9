#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>What a crash leaves is the file as it is at that moment: a copy of it, opened as another store.</remarks>
public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_a_crash_no_stamp_is_handed_out_again(bool written)
    {
        using var folder = new TemporaryFolder();
        using var crashed = new TemporaryFolder();
        using IPropertyStore store = Reopen(folder);
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass, lifetime: PropertyLifetime.Persisted);
        client.Define(NameOf(2), PropertyType.Int, Pass, Pass);
        client.Set(NameOf(1), 1);
        if (written)
        {
            store.Flush();
        }

        // These are of the memory only.
        for (int i = 0; i < 11; i++)
        {
            client.Set(NameOf(2), 100 + i);
        }

        client.Get(NameOf(2), out _, out Stamp old);
        File.Copy(folder.StoreFile, crashed.StoreFile);
        using IPropertyStore again = Reopen(crashed);
        IPropertyClient later = again.Open(again.MintIdentity(new SecureId(OwnerSid)));
        Assert.Equal(written ? ErrorCode.None : ErrorCode.NotFound, later.Get(NameOf(1), out _));
        later.Define(NameOf(2), PropertyType.Int, Pass, Pass);
        for (int i = 0; i < 100; i++)
        {
            later.Set(NameOf(2), 999);
            later.Get(NameOf(2), out _, out Stamp stamp);
            Assert.True(stamp > old, $"{stamp} after {old}");
        }

        Assert.Equal(ErrorCode.Changed, later.CompareAndSet(NameOf(2), 5, old, out _));
        var log = new WatchLog();
        using IDisposable watch = later.Watch(after: old).Subscribe(log);
        Scheduler.Start();
        Assert.Equal(PropertyEventKind.TooOld, Assert.Single(log.Events).Kind);
    }

    [Fact]
    public void Crash_after_crash_the_stamps_rise()
    {
        Stamp last = Stamp.Never;
        byte[]? file = null;
        for (int i = 0; i < 20; i++)
        {
            using var folder = new TemporaryFolder();
            if (file is not null)
            {
                File.WriteAllBytes(folder.StoreFile, file);
            }

            using IPropertyStore store = Reopen(folder);
            IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
            client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
            client.Set(NameOf(1), i);
            client.Get(NameOf(1), out _, out Stamp stamp);
            Assert.True(stamp > last, $"{stamp} after {last}");
            last = stamp;
            file = File.ReadAllBytes(folder.StoreFile);
        }
    }

    [Fact]
    public void A_second_store_on_one_file_is_refused_with_InUse_until_the_first_is_disposed()
    {
        using var folder = new TemporaryFolder();
        using (IPropertyStore store = Reopen(folder))
        {
            IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
            client.Define(NameOf(1), PropertyType.Int, Pass, Pass, lifetime: PropertyLifetime.Persisted);
            ConnException refused = Assert.Throws<ConnException>(() => Reopen(folder));
            Assert.Equal(ErrorCode.InUse, refused.Code);
            Assert.Contains(folder.StoreFile, refused.Message, StringComparison.Ordinal);
            Assert.Equal(ErrorCode.None, client.Set(NameOf(1), 5));
        }

        using IPropertyStore next = Reopen(folder);
        Assert.Equal(NameOf(1), Assert.Single(next.Open(next.MintIdentity(new SecureId(OwnerSid))).List()).Name);
    }

    [Fact]
    public void A_store_that_could_not_be_made_holds_nothing()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.StoreFile, [1, 2, 3]);
        Assert.Equal(ErrorCode.Corrupt, Assert.Throws<ConnException>(() => Reopen(folder)).Code);
        File.Delete(folder.StoreFile);
        using IPropertyStore store = Reopen(folder);
        Assert.Equal(Stamp.Never, store.Revision);
    }
}
