#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>The one slot of a handle, from the inside of a completion and when several wait.</remarks>
public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task Cancel_inside_its_own_completion_changes_nothing(PropertyType type)
    {
        PropertyName name = Defined(type);
        using IProperty handle = Stranger.Attach(name);
        Task<ErrorCode> woken = Wait();
        Publish(Owner, name, type, 1);
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, await woken);
        ValueTask<ErrorCode> next = handle.SubscribeAsync();
        Publish(Owner, name, type, 2);
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, await Outcome(next));

        async Task<ErrorCode> Wait()
        {
            ErrorCode code = await handle.SubscribeAsync();
            handle.Cancel();
            return code;
        }
    }

    [Fact]
    public async Task Subscribing_again_before_the_awaited_completion_was_taken_is_misuse()
    {
        PropertyName name = Defined(PropertyType.Int);
        using IProperty one = Stranger.Attach(name);
        using IProperty two = Stranger.Attach(name);
        Exception? refused = null;
        Task first = Wait(one, () => refused = Record.Exception(() => { _ = two.SubscribeAsync().AsTask(); }));
        ErrorCode? code = null;
        Task second = Wait(two, () => code = two.Set(2));
        Owner.Set(name, 1);
        Scheduler.Start();
        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
        Assert.IsType<InvalidOperationException>(refused);
        Assert.Equal(ErrorCode.None, code);
        ValueTask<ErrorCode> next = two.SubscribeAsync();
        Owner.Set(name, 3);
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, await Outcome(next));

        static async Task Wait(IProperty handle, Action then)
        {
            Assert.Equal(ErrorCode.None, await handle.SubscribeAsync());
            then();
        }
    }

    [Fact]
    public async Task Subscribing_again_gives_up_a_completion_that_nobody_awaited()
    {
        PropertyName name = Defined(PropertyType.Int);
        using IProperty handle = Stranger.Attach(name);
        ValueTask<ErrorCode> given = handle.SubscribeAsync();
        Owner.Set(name, 1);
        Scheduler.Start();
        ValueTask<ErrorCode> next = handle.SubscribeAsync();
        Owner.Delete(name);
        Scheduler.Start();
        Assert.Equal(ErrorCode.NotFound, await Outcome(next));
        Assert.Throws<InvalidOperationException>(() => { _ = given.IsCompleted; });
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void Who_is_not_refused_by_a_definition_keeps_its_place(PropertyType type)
    {
        PropertyName name = NameOf(1);
        List<string> order = [];
        var handles = new List<IProperty>();
        foreach ((IPropertyClient client, string label) in new[] { (Owner, "o1"), (Stranger, "s1"), (Owner, "o2"), (Stranger, "s2"), (Owner, "o3") })
        {
            IProperty handle = client.Attach(name);
            handles.Add(handle);
            _ = Note(handle, label);
        }

        Owner.Define(name, type, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), Pass);
        Scheduler.Start();
        Assert.Equal(["s1 PermissionDenied", "s2 PermissionDenied"], order);
        Publish(Owner, name, type, 1);
        Scheduler.Start();
        Assert.Equal(["o1 None", "o2 None", "o3 None"], order.Skip(2));
        handles.ForEach(h => h.Dispose());

        async Task Note(IProperty handle, string label)
        {
            ErrorCode code = await handle.SubscribeAsync();
            order.Add($"{label} {(code.IsNone ? nameof(ErrorCode.None) : code == ErrorCode.PermissionDenied ? nameof(ErrorCode.PermissionDenied) : "else")}");
        }
    }
}
