#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises to racing readers and publishers: no value is torn, no update is lost, batches and lists are of one moment.</summary>
public abstract class RaceContract : RacingSuite
{
    [Theory(Timeout = 60000)]
    [InlineData(PropertyType.ByteArray, 512)]
    [InlineData(PropertyType.LargeByteArray, 4096)]
    [InlineData(PropertyType.LargeByteArray, PropertyLimits.MaxLargeByteArrayBytes)]
    public async Task No_value_is_torn_nor_read_with_the_revision_of_another_one(PropertyType type, int largest)
    {
        // Enough reads of different revisions, however the two threads are scheduled: copying takes most of a reader's time when the value is long.
        const int Revisions = 100;
        PropertyName name = await RacedAsync(type);
        int rounds = Rounds;
        int writes = largest > 4096 ? rounds / 4 : rounds * 2;
        using IProperty handle = await Racer.AttachAsync(name, Token);
        Revision first = (await handle.TrySetAsync(new byte[largest], Token)).Revision;
        byte[] buffer = new byte[largest];
        long last = 0;
        int revisions = 0;
        await Whilst(
            async () =>
            {
                Revision revision;
                ReadOnlyMemory<byte> value;
                if ((revisions & 1) == 0)
                {
                    Assert.Equal(ErrorCode.Success, handle.TryGet(buffer, out int length, out revision));
                    value = buffer.AsMemory(0, length);
                }
                else
                {
                    PropertyReading reading = await Racer.TryReadAsync(name, Token);
                    (value, revision) = (reading.Value.Bytes, reading.Revision);
                }

                Assert.InRange(revision.Value, last, long.MaxValue);
                revisions += revision.Value > last ? 1 : 0;
                last = revision.Value;

                // The n-th publish has a pattern made of n, so a value of another one is found at once.
                byte expected = (byte)(revision.Value - first.Value);
                Assert.Equal(LengthOf(expected, largest), value.Length);
                Assert.Equal(-1, value.Span.IndexOfAnyExcept(expected));
            },
            async failed =>
            {
                byte[] value = new byte[largest];
                for (int i = 1; (i < writes || Volatile.Read(ref revisions) < Revisions) && !failed(); i++)
                {
                    value.AsSpan().Fill((byte)i);
                    PublishResult result = await handle.TrySetAsync(new ReadOnlyMemory<byte>(value, 0, LengthOf((byte)i, largest)), Token);
                    Assert.Equal(new PublishResult(ErrorCode.Success, new Revision(first.Value + i)), result);
                }
            });
    }

    [Fact(Timeout = 60000)]
    public async Task A_reader_that_has_one_value_of_a_batch_has_all_of_them_from_then_on()
    {
        // Enough revisions, however the two threads are scheduled; most of the time must be spent in publishing, so there is one batch.
        const int Properties = 400;
        const int Revisions = 200;
        var batch = new PropertyBatch();
        for (uint key = 1; key <= Properties; key++)
        {
            batch.Set(await RacedAsync(key: key), (int)key);
        }

        int rounds = Rounds;
        using IProperty a = await Racer.AttachAsync(NameOf(1), Token);
        using IProperty b = await Racer.AttachAsync(NameOf(Properties), Token);
        long last = 0;
        int revisions = 0;
        await Whilst(
            () =>
            {
                a.TryGet(out int _, out Revision first);
                b.TryGet(out int _, out Revision second);
                Assert.InRange(second.Value, first.Value, long.MaxValue);
                b.TryGet(out int _, out second);
                a.TryGet(out int _, out first);
                Assert.InRange(first.Value, second.Value, long.MaxValue);
                revisions += first.Value > last ? 1 : 0;
                last = first.Value;
                return Task.CompletedTask;
            },
            async failed =>
            {
                for (int i = 0; (i < rounds / 25 || Volatile.Read(ref revisions) < Revisions) && !failed(); i++)
                {
                    Assert.Equal(ErrorCode.Success, (await Racer.TryPublishAsync(batch, Token)).Code);
                }
            });
    }

    [Fact(Timeout = 60000)]
    public async Task Concurrent_updates_are_all_counted()
    {
        PropertyName name = await RacedAsync();
        int rounds = Rounds;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Run(async () =>
        {
            using IProperty handle = await Racer.AttachAsync(name, Token);
            for (int i = 0; i < rounds; i++)
            {
                Assert.Equal(ErrorCode.Success, (await handle.TryUpdateAsync(static v => v + 1, Token)).Code);
            }
        })));
        Assert.Equal(4 * rounds, (await Racer.TryReadAsync(name, Token)).Value.Int);
    }

    [Fact(Timeout = 60000)]
    public async Task A_list_is_of_one_moment_however_many_publish_meanwhile()
    {
        // The values of a batch are equal, so a list of one moment shows equal ones.
        const int Properties = 500;
        for (uint key = 1; key <= Properties; key++)
        {
            await RacedAsync(key: key);
        }

        int number = 0;
        await Whilst(
            async () =>
            {
                var batch = new PropertyBatch();
                number++;
                for (uint key = 1; key <= Properties; key++)
                {
                    batch.Set(NameOf(key), number);
                }

                await Racer.TryPublishAsync(batch, Token);
            },
            async failed =>
            {
                for (int i = 0; i < 300 && !failed(); i++)
                {
                    IReadOnlyList<PropertyInfo> list = await Racer.ListAsync(null, Token);
                    Assert.Equal(Properties, list.Count);
                    Assert.Single(list.Select(p => (p.Current.Value, p.Current.Revision)).Distinct());
                }
            });
    }

    private static int LengthOf(byte pattern, int largest) => pattern == 0 ? largest : largest - (pattern * 2 % largest);
}
