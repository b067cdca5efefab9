#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about several one-shot subscriptions: first in, first out, and what the code after an await may do.</summary>
public abstract class CompletionOrderContract : PropertyStoreSuite
{
    private readonly List<string> _order = [];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Completions_come_in_the_order_of_subscribing_and_those_of_different_properties_in_the_order_of_publishing(PropertyType type)
    {
        PropertyName a = await DefinedAsync(type, 1);
        PropertyName b = await DefinedAsync(type, 2);
        List<IProperty> handles = [];
        foreach ((PropertyName name, string label) in new[] { (b, "b1"), (a, "a1"), (a, "a2"), (b, "b2") })
        {
            handles.Add(await Stranger.AttachAsync(name, Token));
            _ = RecordAsync(handles[^1], label);
        }

        await SetAsync(a, ValueOf(type, 1));
        await SetAsync(b, ValueOf(type, 1));
        await SettleAsync();
        Assert.Equal(["a1 Success", "a2 Success", "b1 Success", "b2 Success"], _order);
        handles.ForEach(static h => h.Dispose());
    }

    [Fact]
    public async Task A_thousand_subscriptions_of_one_publish_are_all_completed_in_order()
    {
        PropertyName name = await DefinedAsync();
        List<IProperty> handles = [];
        for (int i = 0; i < 1000; i++)
        {
            handles.Add(await Stranger.AttachAsync(name, Token));
            _ = RecordAsync(handles[^1], $"{i}");
        }

        await SetAsync(name, 1);
        await SettleAsync();
        Assert.Equal(Enumerable.Range(0, 1000).Select(static i => $"{i} Success"), _order);
        handles.ForEach(static h => h.Dispose());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Subscriptions_that_a_definition_does_not_refuse_keep_their_order(PropertyType type)
    {
        List<IProperty> handles = [];
        foreach ((IPropertyClient client, string label) in new[] { (Owner, "o1"), (Stranger, "s1"), (Owner, "o2"), (Stranger, "s2"), (Owner, "o3") })
        {
            handles.Add(await client.AttachAsync(NameOf(1), Token));
            _ = RecordAsync(handles[^1], label);
        }

        await DefineAsync(NameOf(1), Guarded(type, Owners, Pass));
        await SettleAsync();
        Assert.Equal(["s1 PermissionDenied", "s2 PermissionDenied"], _order);
        await SetAsync(NameOf(1), ValueOf(type, 1));
        await SettleAsync();
        Assert.Equal(["o1 Success", "o2 Success", "o3 Success"], _order.Skip(2));
        handles.ForEach(static h => h.Dispose());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Cancelling_some_subscriptions_of_a_delete_leaves_the_others_their_code(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type, 1);
        PropertyName other = await DefinedAsync(type, 2);
        List<IProperty> handles = [];
        foreach (PropertyName each in new[] { name, name, name, name, other })
        {
            handles.Add(await Stranger.AttachAsync(each, Token));
        }

        ValueTask<ErrorCode>[] subscriptions = [.. handles.Select(static h => h.SubscribeAsync(Token))];
        await DeleteAsync(name);
        await SetAsync(other, ValueOf(type, 1));
        handles[0].Cancel();
        handles[1].Dispose();
        handles[3].Cancel();
        await SettleAsync();
        List<ErrorCode> codes = [];
        foreach (ValueTask<ErrorCode> subscription in subscriptions)
        {
            codes.Add(await Outcome(subscription));
        }

        Assert.Equal([ErrorCode.Cancel, ErrorCode.Cancel, ErrorCode.NotFound, ErrorCode.Cancel, ErrorCode.Success], codes);
        handles.ForEach(static h => h.Dispose());
    }

    [Fact]
    public async Task The_code_after_an_await_may_subscribe_and_publish_again()
    {
        PropertyName name = await DefinedAsync();
        using IProperty handle = await Owner.AttachAsync(name, Token);
        int rounds = 0;
        Task loop = LoopAsync();
        await handle.TrySetAsync(0, Token);
        await SettledAsync(loop);
        Assert.Equal(1000, rounds);

        async Task LoopAsync()
        {
            ValueTask<ErrorCode> next = handle.SubscribeAsync(Token);
            while (rounds < 1000)
            {
                await next;
                next = handle.SubscribeAsync(Token);
                await handle.TrySetAsync(++rounds, Token);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Cancel_in_the_code_after_its_own_await_changes_nothing(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        Task<ErrorCode> waiting = WaitAsync();
        await SetAsync(name, ValueOf(type, 1));
        await SettleAsync();
        Assert.Equal(ErrorCode.Success, await waiting);
        ValueTask<ErrorCode> next = handle.SubscribeAsync(Token);
        await SetAsync(name, ValueOf(type, 2));
        await SettleAsync();
        Assert.Equal(ErrorCode.Success, await Outcome(next));

        async Task<ErrorCode> WaitAsync()
        {
            ErrorCode code = await handle.SubscribeAsync(Token);
            handle.Cancel();
            return code;
        }
    }

    [Fact]
    public async Task Subscribing_again_before_the_completion_was_taken_by_its_await_is_misuse()
    {
        PropertyName name = await DefinedAsync();
        using IProperty one = await Stranger.AttachAsync(name, Token);
        using IProperty two = await Stranger.AttachAsync(name, Token);
        Exception? refused = null;
        Task first = WaitAsync(one, async () => refused = await Record.ExceptionAsync(async () => await two.SubscribeAsync(Token)));
        ErrorCode? code = null;
        Task second = WaitAsync(two, async () => code = (await two.TrySetAsync(2, Token)).Code);
        await SetAsync(name, 1);
        await SettledAsync(Task.WhenAll(first, second));
        Assert.IsType<InvalidOperationException>(refused);
        Assert.Equal(ErrorCode.Success, code);
        ValueTask<ErrorCode> next = two.SubscribeAsync(Token);
        await SetAsync(name, 3);
        await SettleAsync();
        Assert.Equal(ErrorCode.Success, await Outcome(next));

        static async Task WaitAsync(IProperty handle, Func<Task> then)
        {
            Assert.Equal(ErrorCode.Success, await handle.SubscribeAsync(Token));
            await then();
        }
    }

    private async Task RecordAsync(IProperty handle, string label) => _order.Add($"{label} {(await handle.SubscribeAsync(Token)).Name}");
}
