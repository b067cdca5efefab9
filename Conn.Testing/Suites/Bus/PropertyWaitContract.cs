#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What waits and enumerations promise, with the client of any store.</summary>
public abstract class PropertyWaitContract : PropertyStoreSuite
{
    [Theory(Timeout = 30000)]
    [MemberData(nameof(Types))]
    public async Task A_wait_ends_at_once_when_the_revision_is_another_one_and_else_with_the_next_publish(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        Revision revision = await SetAsync(name, ValueOf(type, 1));
        Task<PropertyChange> past = Stranger.WaitForChangeAsync(name, Revision.None, Token);
        await SettleAsync();
        PropertyChange first = await past;
        Assert.Equal((1, revision), (NumberOf(first), first.Revision));
        Task<PropertyChange> next = Stranger.WaitForChangeAsync(name, revision, Token);
        await SettleAsync();
        Assert.False(next.IsCompleted);
        revision = await SetAsync(name, ValueOf(type, 1));
        await SettleAsync();
        Assert.Equal(revision, (await next).Revision);
        Task<PropertyChange> last = Stranger.WaitForChangeAsync(name, revision, Token);
        await SettleAsync();
        await DeleteAsync(name);
        await SettleAsync();
        Assert.Equal(PropertyChangeKind.Deleted, (await last).Kind);
        Assert.False(await Owner.HasSubscribersAsync(name, Token));
    }

    [Fact(Timeout = 30000)]
    public async Task A_wait_is_ended_by_its_token_by_a_refusal_and_by_the_end_of_the_client_or_the_store()
    {
        PropertyName name = await DefinedAsync();
        using var source = new CancellationTokenSource();
        Task<PropertyChange> cancelled = Stranger.WaitForChangeAsync(name, Revision.None, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(await Owner.HasSubscribersAsync(name, Token));

        await DefineAsync(NameOf(2), Guarded(PropertyType.Int, Fail, Pass));
        Task<PropertyChange> refused = Stranger.WaitForChangeAsync(NameOf(2), Revision.None, Token);
        await SettleAsync();
        Assert.Equal(ErrorCode.PermissionDenied, (await Assert.ThrowsAsync<ConnException>(() => refused)).Code);

        Task<PropertyChange> ofClient = Stranger.WaitForChangeAsync(name, Revision.None, Token);
        Task<PropertyChange> ofStore = Owner.WaitForChangeAsync(name, Revision.None, Token);
        await SettleAsync();
        await Stranger.DisposeAsync();
        await SettleAsync();
        Assert.Equal(ErrorCode.Cancel, (await Assert.ThrowsAsync<ConnException>(() => ofClient)).Code);
        Assert.False(ofStore.IsCompleted);
        await Store.DisposeAsync();
        await SettleAsync();
        Assert.Equal(ErrorCode.Cancel, (await Assert.ThrowsAsync<ConnException>(() => ofStore)).Code);
    }

    [Fact(Timeout = 30000)]
    public async Task A_wait_for_a_condition_ends_with_the_first_state_that_satisfies_it()
    {
        PropertyName name = NameOf(1);
        Task<PropertyChange> wait = Stranger.WaitForAsync(name, c => c.Value >= 3, Token);
        Task<PropertyChange> failing = Stranger.WaitForAsync(name, c => c.Value == 2 ? throw new InvalidOperationException("mine") : false, Token);
        await DefinedAsync();
        for (int i = 1; i <= 5; i++)
        {
            await SettleAsync();
            await SetAsync(name, i);
        }

        await SettleAsync();
        Assert.Equal(3, (await wait).Value);
        Assert.Equal("mine", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing)).Message);
        Assert.Empty(Failures);
    }

    [Fact(Timeout = 30000)]
    public async Task A_wait_finds_what_was_published_before_the_end_of_the_store()
    {
        PropertyName name = await DefinedAsync();
        Task<PropertyChange> wait = Stranger.WaitForAsync(name, c => c.Value == 5, Token);
        await SettleAsync();
        await SetAsync(name, 5);
        await Store.DisposeAsync();
        await SettleAsync();
        Assert.Equal(5, (await wait).Value);
    }

    [Fact(Timeout = 30000)]
    public async Task An_enumeration_begins_with_the_current_value_and_keeps_the_latest_for_a_slow_reader()
    {
        PropertyName name = await DefinedAsync();
        await SetAsync(name, 1);
        await using IAsyncEnumerator<PropertyChange> stream = Stranger.ObserveAsync(name, cancellationToken: Token).GetAsyncEnumerator(Token);
        ValueTask<bool> first = stream.MoveNextAsync();
        await SettleAsync();
        Assert.True(await first);
        Assert.Equal((1, true), (stream.Current.Value, stream.Current.IsCurrent));
        for (int i = 2; i <= 9; i++)
        {
            await SetAsync(name, i);
            await SettleAsync();
        }

        Assert.True(await stream.MoveNextAsync());
        Assert.Equal(9, stream.Current.Value);
        await Store.DisposeAsync();
        await SettleAsync();
        Assert.False(await stream.MoveNextAsync());
    }

    [Fact(Timeout = 30000)]
    public async Task An_enumeration_with_a_queue_counts_what_a_slow_reader_lost()
    {
        PropertyName name = await DefinedAsync();
        await using IAsyncEnumerator<PropertyChange> stream = Stranger.ObserveAsync(name, ObserveOptions.Buffered(2), Token).GetAsyncEnumerator(Token);
        ValueTask<bool> first = stream.MoveNextAsync();
        await SettleAsync();
        Assert.True(await first);
        for (int i = 1; i <= 5; i++)
        {
            await SetAsync(name, i);
            await SettleAsync();
        }

        Assert.True(await stream.MoveNextAsync());
        Assert.Equal((4, 3), (stream.Current.Value, stream.Current.Dropped));
        Assert.True(await stream.MoveNextAsync());
        Assert.Equal((5, 0), (stream.Current.Value, stream.Current.Dropped));
        Assert.True(await Owner.HasSubscribersAsync(name, Token));
        await stream.DisposeAsync();
        Assert.False(await Owner.HasSubscribersAsync(name, Token));
    }

    [Fact(Timeout = 30000)]
    public async Task An_enumeration_is_ended_by_its_token_and_by_a_refusal()
    {
        PropertyName name = await DefinedAsync();
        using var source = new CancellationTokenSource();
        await using IAsyncEnumerator<PropertyChange> stream = Stranger.ObserveAsync(name, cancellationToken: source.Token).GetAsyncEnumerator(Token);
        ValueTask<bool> first = stream.MoveNextAsync();
        await SettleAsync();
        Assert.True(await first);
        Task<bool> next = stream.MoveNextAsync().AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.False(await Owner.HasSubscribersAsync(name, Token));
        await DefineAsync(NameOf(2), Guarded(PropertyType.Int, Owners, Pass));
        await using IAsyncEnumerator<PropertyChange> refused = Stranger.ObserveAsync(NameOf(2), cancellationToken: Token).GetAsyncEnumerator(Token);
        Task<bool> no = refused.MoveNextAsync().AsTask();
        await SettleAsync();
        Assert.Equal(ErrorCode.PermissionDenied, (await Assert.ThrowsAsync<ConnException>(() => no)).Code);
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task The_mode_is_observed_from_before_the_engine_on(Delivery delivery)
    {
        var modes = new List<BurMode>();
        using IDisposable subscription = System.ObservableExtensions.Subscribe(Stranger.ObserveBurMode(OptionsOf(delivery)), modes.Add);
        await SettleAsync();
        IPropertyClient engine = await OpenAsync(Conn.PubSub.Security.SecureId.Engine.Value);
        await engine.DefineAsync(SystemProperties.BackupRestoreKey, SystemProperties.BackupRestoreDefinition, Token);
        var backup = BurMode.Of(BurPartType.BackupFull, BackupIncType.Base);
        foreach (BurMode mode in new[] { backup, BurMode.Normal })
        {
            await engine.SetAsync(SystemProperties.BackupRestoreKey, mode.ToValue(), Token);
            await SettleAsync();
        }

        Assert.Equal([BurMode.Unset, backup, BurMode.Normal], modes);
    }
}
