#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about deletes, definitions and refusals in the stream of a property.</summary>
public abstract class StreamDeleteContract : PropertyStoreSuite
{
    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task A_delete_is_an_element_and_the_stream_continues(Delivery delivery)
    {
        PropertyName name = NameOf(1);
        ChangeRecorder recorder = Observed(name, delivery, out IDisposable subscription);
        await SettleAsync();

        // A definition notifies no observer.
        await DefinedAsync();
        await SettleAsync();
        Assert.Equal(["Undefined"], recorder.Lines);
        List<Revision> revisions = [Revision.None, await SetAsync(name, 5)];
        await SettleAsync();
        revisions.Add(await DeleteAsync(name));
        await SettleAsync();
        await DefinedAsync(PropertyType.ByteArray);
        await SettleAsync();
        revisions.Add(await SetAsync(name, BytesOf(7)));
        await SettleAsync();
        Assert.Equal(["Undefined", "5", "Deleted", "7"], recorder.Lines);
        Assert.Equal(revisions, recorder.Seen.Select(c => c.Revision));
        Assert.Equal((null, null, null), (recorder.Seen[0].Value, recorder.Seen[2].Value, recorder.Seen[3].Value));
        subscription.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task What_happened_before_the_first_element_is_never_delivered_after_it(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        using IProperty keepsTheName = await Owner.AttachAsync(name, Token);
        await SetAsync(name, 1);

        // The first element of the latest value is that of its first call; later definitions make no element.
        ChangeRecorder early = Observed(name, delivery == Delivery.Inline ? Delivery.Latest : delivery, out IDisposable first);
        await DeleteAsync(name);
        await DefinedAsync();
        ChangeRecorder late = Observed(name, delivery, out IDisposable second);
        ChangeRecorder distinct = Observed(Stranger, name, OptionsOf(delivery) with { Distinct = true }, out IDisposable third);
        Observed(name, delivery, out IDisposable fourth);
        await SettleAsync();
        Assert.All([late, distinct], r => Assert.Equal(("0", Revision.None), (r.Lines.Single(), r.Seen.Single().Revision)));
        Assert.Equal(delivery == Delivery.Buffered ? ["1", "Deleted"] : ["0"], early.Lines);
        Array.ForEach([first, second, third, fourth], s => s.Dispose());
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task A_delete_is_delivered_as_a_delete_when_the_property_is_defined_again_before_the_call(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        ChangeRecorder recorder = Observed(name, delivery, out IDisposable first);
        await SettleAsync();
        await SetAsync(name, 1);
        await SettleAsync();
        await DeleteAsync(name);
        await DefinedAsync();
        await SettleAsync();
        Assert.Equal(["0", "1", "Deleted"], recorder.Lines);

        // The same inside a call, during which the element waits.
        using IDisposable second = Owner.Observe(name, OptionsOf(delivery)).Subscribe(new ChangeRecorder(change =>
        {
            if (change.Value == 2)
            {
                Begin(Owner.TryDeleteAsync(name, Token));
                Begin(Owner.TryDefineAsync(name, Open(PropertyType.Int), Token));
            }
        }));
        await SettleAsync();
        await SetAsync(name, 2);
        await SettleAsync();
        Assert.Equal("Deleted", recorder.Lines.Last());
        Assert.Equal(Store.Revision, recorder.Seen[^1].Revision);
        first.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task A_refused_observer_gets_PermissionDenied_now_or_once_defined(Delivery delivery)
    {
        PropertyName name = NameOf(1);
        ChangeRecorder early = Observed(name, delivery, out IDisposable first);
        await SettleAsync();
        Assert.Null(early.Error);
        await DefineAsync(name, Guarded(PropertyType.Int, Owners, Pass));
        await SettleAsync();
        ChangeRecorder late = Observed(name, delivery, out IDisposable second);
        await SettleAsync();
        await SetAsync(name, 1);
        await SettleAsync();
        Assert.All([early, late], r => Assert.Equal(ErrorCode.PermissionDenied, Assert.IsType<ConnException>(r.Error).Code));
        Assert.Equal(["Undefined"], early.Lines);
        Assert.Empty(late.Lines);
        Assert.False(await Owner.HasSubscribersAsync(name, Token));
        first.Dispose();
        second.Dispose();
    }
}
