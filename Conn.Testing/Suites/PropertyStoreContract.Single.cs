#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>What looks like one moment is one moment, however the definition, the client or the revision changes meanwhile.</remarks>
public abstract partial class PropertyStoreContract
{
    [Fact(Timeout = 60000)]
    public async Task A_property_that_was_only_ever_an_integer_is_never_of_the_wrong_form()
    {
        PropertyName name = NameOf(1);
        Assert.Equal(ErrorCode.NotFound, Racer.Get(name, out _));
        int cycles = 0;
        await Whilst(
            () =>
            {
                Racer.Define(name, PropertyType.Int, Pass, Pass);
                Racer.Delete(name);
                Volatile.Write(ref cycles, cycles + 1);
            },
            _ => Run(() =>
            {
                using IProperty handle = Racer.Attach(name);
                for (int i = 0; i < 100 * Rounds || Volatile.Read(ref cycles) < 1000 * Rounds; i++)
                {
                    ErrorCode code = handle.Get(out int value, out Stamp stamp);
                    if ((!code.IsNone && code != ErrorCode.NotFound) || value != 0 || stamp != Stamp.Never)
                    {
                        Assert.Fail($"{code}, {value}@{stamp} in round {i}");
                    }
                }
            }));
    }

    [Fact(Timeout = 60000)]
    public async Task A_verdict_and_a_form_are_those_of_one_definition()
    {
        // Two definitions come and go: integers that may not be read, and readable bytes. Read as an integer neither is ever a success.
        PropertyName name = NameOf(1);
        await Whilst(
            () =>
            {
                Racer.Define(name, PropertyType.Int, SecurityPolicy.AlwaysFail, Pass);
                Racer.Delete(name);
                Racer.Define(name, PropertyType.ByteArray, Pass, Pass);
                Racer.Delete(name);
            },
            _ => Run(() =>
            {
                using IProperty handle = Racer.Attach(name);
                for (int i = 0; i < 20 * Rounds; i++)
                {
                    ErrorCode code = handle.Get(out int _, out Stamp _);
                    Assert.True(code == ErrorCode.NotFound || code == ErrorCode.PermissionDenied || code == ErrorCode.Argument, $"{code} in round {i}");
                }
            }));
    }

    [Fact(Timeout = 60000)]
    public async Task A_revision_that_shows_is_one_whose_value_shows_and_the_other_way_round()
    {
        PropertyName name = Raced();
        PropertyName bytes = Raced(PropertyType.ByteArray, 2);
        int number = 0;
        await Whilst(
            () =>
            {
                Racer.Set(name, ++number);
                Racer.Publish(new PropertyBatch().Set(name, ++number).Set(bytes, BytesOf(number)), out Stamp _);
                Racer.Set(bytes, BytesOf(number));
                Racer.Set(name, ++number);
            },
            _ => Run(() =>
            {
                using IProperty first = Racer.Attach(name);
                using IProperty second = Racer.Attach(bytes);
                Span<byte> buffer = stackalloc byte[8];
                for (int i = 0; i < 1500 * Rounds; i++)
                {
                    // These two are all that is published: the newer of them is of that revision or a later one.
                    Stamp revision = Pooled.Revision;
                    first.Get(out int _, out Stamp one);
                    second.Get(buffer, out int _, out Stamp other);
                    Assert.True(one >= revision || other >= revision, $"revision {revision}, but the values are of {one} and {other}");
                    Assert.True(Pooled.Revision >= other, "a value of a revision that the store has not reached");
                }
            }));
    }

    [Fact(Timeout = 60000)]
    public async Task What_a_client_defines_while_it_is_disposed_does_not_outlive_it()
    {
        const int Clients = 3000;
        ClientIdentity identity = Racer.Identity;
        using var together = new Barrier(2);
        IPropertyClient client = Pooled.Open(identity);
        Task definer = Run(() =>
        {
            for (int i = 0; i < Clients; i++)
            {
                together.SignalAndWait();
                IPropertyClient mine = client;
                try
                {
                    for (uint key = 0; key < 4; key++)
                    {
                        mine.Define(NameOf(key), PropertyType.Int, Pass, Pass, lifetime: PropertyLifetime.Client);
                    }
                }
                catch (ObjectDisposedException exception)
                {
                    Assert.NotNull(exception.ObjectName);
                }

                together.SignalAndWait();
            }
        });
        int left = 0;
        for (int i = 0; i < Clients; i++)
        {
            together.SignalAndWait();
            for (int delay = 0; delay < i % 29; delay++)
            {
                client.HasSubscribers(NameOf(9));
            }

            client.Dispose();
            together.SignalAndWait();
            left += Racer.List().Count;
            client = Pooled.Open(identity);
        }

        await definer;
        Assert.Equal(0, left);
    }
}
