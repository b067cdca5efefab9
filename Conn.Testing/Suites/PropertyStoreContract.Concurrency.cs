#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    private const int Rounds = 10_000;

    [Theory(Timeout = 60000)]
    [InlineData(PropertyType.ByteArray, 512)]
    [InlineData(PropertyType.LargeByteArray, 4096)]
    public async Task No_value_is_torn_nor_parted_from_its_stamp(PropertyType type, int largest)
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        PropertyName name = NameOf(1);
        client.Define(name, type, Pass, Pass);
        using IProperty handle = client.Attach(name);
        byte[] seed = new byte[largest];
        handle.Set(seed);
        using var done = new CancellationTokenSource();
        Task reader = Run(() =>
        {
            byte[] buffer = new byte[largest];
            long last = 0;
            while (!done.IsCancellationRequested)
            {
                Assert.Equal(ErrorCode.None, (last & 1) == 0 ? handle.Get(buffer, out int length, out Stamp stamp) : client.Get(name, buffer, out length, out stamp));
                Assert.InRange(stamp.Value, last, long.MaxValue);
                last = stamp.Value;

                // Revision n carries a pattern made of n, so a value of another revision is seen at once.
                byte expected = (byte)(stamp.Value - 1);
                Assert.Equal(LengthOf(expected, largest), length);
                Assert.Equal(-1, buffer.AsSpan(0, length).IndexOfAnyExcept(expected));
            }
        });
        byte[] value = new byte[largest];
        for (int i = 1; i < Rounds * 4 && !reader.IsCompleted; i++)
        {
            value.AsSpan().Fill((byte)i);
            Assert.Equal(ErrorCode.None, handle.Set(value.AsSpan(0, LengthOf((byte)i, largest))));
        }

        await done.CancelAsync();
        await reader;
    }

    [Fact(Timeout = 60000)]
    public async Task An_integer_is_never_parted_from_its_stamp()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
        using IProperty handle = client.Attach(NameOf(1));
        using var done = new CancellationTokenSource();
        Task reader = Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                Assert.Equal(ErrorCode.None, handle.Get(out int value, out Stamp stamp));
                Assert.Equal(stamp.Value, value);
            }
        });
        for (int i = 1; i < Rounds * 100 && !reader.IsCompleted; i++)
        {
            handle.Set(i);
        }

        await done.CancelAsync();
        await reader;
    }

    [Fact(Timeout = 60000)]
    public async Task Cancel_racing_with_publish_completes_each_subscription_once()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
        using IProperty handle = client.Attach(NameOf(1));
        using var done = new CancellationTokenSource();
        Task canceller = Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                handle.Cancel();
            }
        });
        int completions = 0;
        for (int i = 0; i < Rounds; i++)
        {
            ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
            handle.Set(i);
            ErrorCode code = await subscription;
            Assert.True(code == ErrorCode.None || code == ErrorCode.Cancel, code.Name);
            completions++;
        }

        await done.CancelAsync();
        await canceller;
        Assert.Equal(Rounds, completions);
    }

    [Fact(Timeout = 60000)]
    public async Task After_cancel_returns_the_outcome_does_not_change()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
        using IProperty handle = client.Attach(NameOf(1));
        using var done = new CancellationTokenSource();
        Task publisher = Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                client.Set(NameOf(1), 1);
            }
        });
        for (int i = 0; i < Rounds; i++)
        {
            ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
            handle.Cancel();
            Assert.True(subscription.IsCompletedSuccessfully);
            ErrorCode code = await subscription;
            Assert.True(code == ErrorCode.None || code == ErrorCode.Cancel, code.Name);
        }

        await done.CancelAsync();
        await publisher;
    }

    [Fact(Timeout = 60000)]
    public async Task Attach_subscribe_and_cancel_survive_a_racing_close()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        for (int i = 0; i < 1000; i++)
        {
            IProperty handle = client.Attach(NameOf((uint)i & 1));
            Task closer = Run(handle.Dispose);
            try
            {
                ErrorCode code = await handle.SubscribeAsync();
                Assert.Equal(ErrorCode.Cancel, code);
            }
            catch (ObjectDisposedException)
            {
                // Closed before it subscribed: the misuse is reported, nothing hangs.
                Assert.True(await Task.WhenAny(closer, closer) == closer);
            }

            handle.Cancel();
            await closer;
        }
    }

    [Fact(Timeout = 60000)]
    public async Task A_definition_racing_with_subscriptions_leaves_nobody_waiting_who_may_not_read()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        IPropertyClient owner = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        IPropertyClient stranger = store.Open(store.MintIdentity(new SecureId(7)));
        for (int i = 0; i < 1000; i++)
        {
            PropertyName name = NameOf((uint)i);
            using IProperty handle = stranger.Attach(name);
            Task definer = Run(() => Assert.Equal(
                ErrorCode.None, owner.Define(name, PropertyType.Int, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), Pass)));
            Assert.Equal(ErrorCode.PermissionDenied, await handle.SubscribeAsync());
            await definer;
        }
    }

    private static int LengthOf(byte pattern, int largest) => pattern == 0 ? largest : largest - (pattern * 2 % largest);

    private static Task Run(Action action) => Task.Factory.StartNew(
        action, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
