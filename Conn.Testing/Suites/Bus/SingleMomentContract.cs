#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about single moments: value and revision, permission and form are those of one publish and one definition.</summary>
public abstract class SingleMomentContract : RacingSuite
{
    [Fact(Timeout = 60000)]
    public async Task An_integer_is_never_read_with_the_revision_of_another_publish()
    {
        PropertyName name = await RacedAsync();
        int rounds = Rounds;
        using IProperty handle = await Racer.AttachAsync(name, Token);
        await Whilst(
            () =>
            {
                Assert.Equal(ErrorCode.Success, handle.TryGet(out int value, out Revision revision));
                Assert.Equal(revision.Value, value);
                return Task.CompletedTask;
            },
            async failed =>
            {
                for (int i = 1; i < rounds * 50 && !failed(); i++)
                {
                    Assert.Equal(i, (await handle.TrySetAsync(i, Token)).Revision.Value);
                }
            });
    }

    [Fact(Timeout = 60000)]
    public async Task A_visible_revision_has_a_visible_value_and_the_other_way_round()
    {
        PropertyName name = await RacedAsync();
        int rounds = Rounds;
        PropertyName bytes = await RacedAsync(PropertyType.ByteArray, 2);
        using IProperty first = await Racer.AttachAsync(name, Token);
        using IProperty second = await Racer.AttachAsync(bytes, Token);
        int number = 0;
        await Whilst(
            async () =>
            {
                await Racer.TrySetAsync(name, ++number, Token);
                await Racer.TryPublishAsync(new PropertyBatch().Set(name, ++number).Set(bytes, BytesOf(number)), Token);
                await Racer.TrySetAsync(bytes, BytesOf(number), Token);
            },
            failed => Run(() =>
            {
                byte[] buffer = new byte[8];
                for (int i = 0; i < 500 * rounds && !failed(); i++)
                {
                    // These two are all that is published: the newer of them has that revision or a later one.
                    Revision revision = Pooled.Revision;
                    first.TryGet(out int _, out Revision one);
                    second.TryGet(buffer, out int _, out Revision other);
                    if (one < revision && other < revision)
                    {
                        Assert.Fail($"revision {revision}, but the values are of {one} and {other}");
                    }

                    Assert.True(Pooled.Revision >= other, "a value of a revision that the store has not reached");
                }

                return Task.CompletedTask;
            }));
    }

    [Fact(Timeout = 60000)]
    public async Task A_visible_revision_of_a_batch_has_all_of_its_values_visible()
    {
        const uint Last = 63;
        await OpenPooledAsync();
        int rounds = Rounds;
        for (uint key = 0; key <= Last; key++)
        {
            await RacedAsync(PropertyType.Int, key);
        }

        using IProperty last = await Racer.AttachAsync(NameOf(Last), Token);
        int number = 0;
        await Whilst(
            async () =>
            {
                var batch = new PropertyBatch();
                Interlocked.Increment(ref number);
                for (uint key = 0; key <= Last; key++)
                {
                    batch.Set(NameOf(key), number);
                }

                await Racer.TryPublishAsync(batch, Token);
            },
            failed => Run(() =>
            {
                // Until so many were published, so that both run at the same time on a busy machine too. Nothing else is published.
                while (Volatile.Read(ref number) < 2 * rounds && !failed())
                {
                    Revision revision = Pooled.Revision;
                    last.TryGet(out int _, out Revision read);
                    if (read < revision)
                    {
                        Assert.Fail($"revision {revision}, but the last value is of {read}");
                    }
                }

                return Task.CompletedTask;
            }));
    }

    [Fact(Timeout = 60000)]
    public async Task A_property_that_was_only_ever_an_integer_is_never_of_the_wrong_form()
    {
        await OpenPooledAsync();
        int rounds = Rounds;
        using IProperty handle = await Racer.AttachAsync(NameOf(1), Token);
        int cycles = 0;
        await Whilst(
            async () =>
            {
                await Racer.TryDefineAsync(NameOf(1), Open(PropertyType.Int), Token);
                await Racer.TryDeleteAsync(NameOf(1), Token);
                Volatile.Write(ref cycles, cycles + 1);
            },
            failed => Run(() =>
            {
                for (int i = 0; (i < 100 * rounds || Volatile.Read(ref cycles) < 50 * rounds) && !failed(); i++)
                {
                    ErrorCode code = handle.TryGet(out int value, out Revision revision);
                    if ((!code.IsSuccess && code != ErrorCode.NotFound) || value != 0 || revision != Revision.None)
                    {
                        Assert.Fail($"{code}, {value}@{revision} in round {i}");
                    }
                }

                return Task.CompletedTask;
            }));
    }

    [Fact(Timeout = 60000)]
    public async Task Permission_and_form_are_those_of_one_definition()
    {
        // Two definitions come and go: integers that may not be read, and readable bytes. Read as an integer neither is ever a success.
        await OpenPooledAsync();
        int rounds = Rounds;
        using IProperty handle = await Racer.AttachAsync(NameOf(1), Token);
        await Whilst(
            async () =>
            {
                await Racer.TryDefineAsync(NameOf(1), Guarded(PropertyType.Int, Fail, Pass), Token);
                await Racer.TryDeleteAsync(NameOf(1), Token);
                await Racer.TryDefineAsync(NameOf(1), Open(PropertyType.ByteArray), Token);
                await Racer.TryDeleteAsync(NameOf(1), Token);
            },
            failed => Run(() =>
            {
                for (int i = 0; i < 20 * rounds && !failed(); i++)
                {
                    AssertOneOf(handle.TryGet(out int _, out Revision _), ErrorCode.NotFound, ErrorCode.PermissionDenied, ErrorCode.Argument);
                }

                return Task.CompletedTask;
            }));
    }
}
