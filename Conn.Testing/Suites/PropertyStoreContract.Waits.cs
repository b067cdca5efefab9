#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 30000)]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task A_wait_ends_at_once_when_the_stamp_is_another_one_and_else_with_the_next_publish(PropertyType type)
    {
        PropertyName name = Defined(type);
        Publish(Owner, name, type, 1);
        Task<PropertyChange> past = Stranger.WaitForChangeAsync(name, Stamp.Never, Token);
        Scheduler.Start();
        PropertyChange first = await past;
        Assert.Equal((1, Store.Revision), (NumberOf(first), first.Stamp));
        Task<PropertyChange> next = Stranger.WaitForChangeAsync(name, first.Stamp, Token);
        Scheduler.Start();
        Assert.False(next.IsCompleted);
        Publish(Owner, name, type, 1);
        Scheduler.Start();
        Assert.Equal(Store.Revision, (await next).Stamp);
        Assert.False(Owner.HasSubscribers(name));
    }

    [Fact(Timeout = 30000)]
    public async Task A_wait_ends_with_the_delete_of_what_was_seen()
    {
        PropertyName name = Defined(PropertyType.Int);
        Owner.Set(name, 1);
        Task<PropertyChange> wait = Stranger.WaitForChangeAsync(name, Store.Revision, Token);
        Scheduler.Start();
        Owner.Delete(name);
        Scheduler.Start();
        Assert.Equal(PropertyChangeKind.Deleted, (await wait).Kind);
    }

    [Fact(Timeout = 30000)]
    public async Task A_wait_is_ended_by_its_token_by_a_refusal_and_by_the_end_of_the_store()
    {
        PropertyName name = Defined(PropertyType.Int);
        using var source = new CancellationTokenSource();
        Task<PropertyChange> cancelled = Stranger.WaitForChangeAsync(name, Stamp.Never, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(Owner.HasSubscribers(name));

        Owner.Define(NameOf(2), PropertyType.Int, SecurityPolicy.AlwaysFail, Pass);
        Task<PropertyChange> refused = Stranger.WaitForChangeAsync(NameOf(2), Stamp.Never, Token);
        Scheduler.Start();
        Assert.Equal(ErrorCode.PermissionDenied, (await Assert.ThrowsAsync<ConnException>(() => refused)).Code);

        Task<PropertyChange> last = Stranger.WaitForChangeAsync(name, Stamp.Never, Token);
        Scheduler.Start();
        Store.Dispose();
        Scheduler.Start();
        Assert.Equal(ErrorCode.Cancel, (await Assert.ThrowsAsync<ConnException>(() => last)).Code);
    }

    [Fact(Timeout = 30000)]
    public async Task A_wait_for_a_condition_ends_with_the_first_state_found_that_satisfies_it()
    {
        PropertyName name = NameOf(1);
        Task<PropertyChange> wait = Stranger.WaitForAsync(name, c => c.HasValue && c.Value >= 3, Token);
        Task<PropertyChange> failing = Stranger.WaitForAsync(name, c => c.Value == 2 ? throw new InvalidOperationException("mine") : false, Token);
        Defined(PropertyType.Int);
        for (int i = 1; i <= 5; i++)
        {
            Scheduler.Start();
            Owner.Set(name, i);
        }

        Scheduler.Start();
        Assert.Equal(3, (await wait).Value);
        Assert.Equal("mine", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing)).Message);
        Assert.Empty(Failures);
    }

    [Fact(Timeout = 30000)]
    public async Task An_enumeration_begins_with_what_is_current_and_keeps_the_latest_for_a_slow_reader()
    {
        PropertyName name = Defined(PropertyType.Int);
        Owner.Set(name, 1);
        await using IAsyncEnumerator<PropertyChange> stream = Stranger.ObserveAsync(name, cancellationToken: Token).GetAsyncEnumerator(Token);
        ValueTask<bool> first = stream.MoveNextAsync();
        Scheduler.Start();
        Assert.True(await first);
        Assert.Equal((1, true), (stream.Current.Value, stream.Current.IsCurrent));
        for (int i = 2; i <= 9; i++)
        {
            Owner.Set(name, i);
            Scheduler.Start();
        }

        Assert.True(await stream.MoveNextAsync());
        Assert.Equal(9, stream.Current.Value);
        Store.Dispose();
        Scheduler.Start();
        Assert.False(await stream.MoveNextAsync());
    }

    [Fact(Timeout = 30000)]
    public async Task An_enumeration_with_a_buffer_counts_what_a_slow_reader_lost()
    {
        PropertyName name = Defined(PropertyType.Int);
        await using IAsyncEnumerator<PropertyChange> stream = Stranger.ObserveAsync(name, new ObserveOptions { Buffer = 2 }, Token).GetAsyncEnumerator(Token);
        ValueTask<bool> first = stream.MoveNextAsync();
        Scheduler.Start();
        Assert.True(await first);
        for (int i = 1; i <= 5; i++)
        {
            Owner.Set(name, i);
            Scheduler.Start();
        }

        Assert.True(await stream.MoveNextAsync());
        Assert.Equal((4, 3), (stream.Current.Value, stream.Current.Dropped));
        Assert.True(await stream.MoveNextAsync());
        Assert.Equal((5, 0), (stream.Current.Value, stream.Current.Dropped));
        Assert.True(Owner.HasSubscribers(name));
        await stream.DisposeAsync();
        Assert.False(Owner.HasSubscribers(name));
    }

    [Fact(Timeout = 30000)]
    public async Task Concurrent_updates_are_all_counted()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Run(() =>
        {
            using IProperty handle = client.Attach(NameOf(1));
            for (int i = 0; i < Rounds; i++)
            {
                Assert.Equal(ErrorCode.None, handle.Update(v => v + 1, out int _, out Stamp _));
            }
        })));
        client.Get(NameOf(1), out int total, out Stamp stamp);
        Assert.Equal((4 * Rounds, 4L * Rounds), (total, stamp.Value));
    }
}
