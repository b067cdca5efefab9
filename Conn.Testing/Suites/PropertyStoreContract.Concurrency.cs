#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Theory(Timeout = 60000)]
    [InlineData(PropertyType.ByteArray, 512)]
    [InlineData(PropertyType.LargeByteArray, 4096)]
    [InlineData(PropertyType.LargeByteArray, PropertyLimits.MaxLargeByteArrayBytes)]
    public async Task No_value_is_torn_nor_parted_from_its_stamp(PropertyType type, int largest)
    {
        // Enough reads of different revisions, however the two threads are scheduled: copying takes most of a reader's time when the value is long.
        const int Revisions = 100;
        int writes = largest > 4096 ? Rounds / 2 : Rounds * 4;
        PropertyName name = Raced(type);
        using IProperty handle = Racer.Attach(name);
        handle.Set(new byte[largest]);
        byte[] buffer = new byte[largest];
        long last = 0;
        int revisions = 0;
        await Whilst(
            () =>
            {
                ErrorCode code = (revisions & 1) == 0 ? handle.Get(buffer, out int length, out Stamp stamp) : Racer.Get(name, buffer, out length, out stamp);
                Assert.Equal(ErrorCode.None, code);
                Assert.InRange(stamp.Value, last, long.MaxValue);
                revisions += stamp.Value > last ? 1 : 0;
                last = stamp.Value;

                // Revision n carries a pattern made of n, so a value of another revision is seen at once.
                byte expected = (byte)(stamp.Value - 1);
                Assert.Equal(LengthOf(expected, largest), length);
                Assert.Equal(-1, buffer.AsSpan(0, length).IndexOfAnyExcept(expected));
            },
            failed =>
            {
                byte[] value = new byte[largest];
                for (int i = 1; (i < writes || Volatile.Read(ref revisions) < Revisions) && !failed(); i++)
                {
                    value.AsSpan().Fill((byte)i);
                    Assert.Equal(ErrorCode.None, handle.Set(value.AsSpan(0, LengthOf((byte)i, largest))));
                }

                return Task.CompletedTask;
            });
    }

    [Fact(Timeout = 60000)]
    public async Task An_integer_is_never_parted_from_its_stamp()
    {
        using IProperty handle = Racer.Attach(Raced());
        await Whilst(
            () =>
            {
                Assert.Equal(ErrorCode.None, handle.Get(out int value, out Stamp stamp));
                Assert.Equal(stamp.Value, value);
            },
            failed =>
            {
                for (int i = 1; i < Rounds * 100 && !failed(); i++)
                {
                    handle.Set(i);
                }

                return Task.CompletedTask;
            });
    }

    [Fact(Timeout = 60000)]
    public Task Cancel_racing_with_publish_completes_each_subscription_once()
    {
        Raced();
        return RaceCancelAsync(1);
    }

    [Fact(Timeout = 60000)]
    public async Task After_cancel_returns_the_outcome_does_not_change()
    {
        PropertyName name = Raced();
        using IProperty handle = Racer.Attach(name);
        await Whilst(() => Racer.Set(name, 1), async _ =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
                handle.Cancel();
                Assert.True(subscription.IsCompletedSuccessfully);
                AssertOneOf(await subscription, ErrorCode.None, ErrorCode.Cancel);
            }
        });
    }

    [Fact(Timeout = 60000)]
    public async Task Attach_subscribe_and_cancel_survive_a_racing_close()
    {
        for (int i = 0; i < 1000; i++)
        {
            IProperty handle = Racer.Attach(NameOf((uint)i & 1));
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
        IPropertyClient owner = Racer;
        IPropertyClient stranger = Pooled.Open(Pooled.MintIdentity(new SecureId(7)));
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
}
