using System.Reactive.Concurrency;
using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class RefusingSchedulerTests
{
    [Fact(Timeout = 60000)]
    public async Task A_scheduler_that_refuses_work_leaves_no_completion_outstanding()
    {
        var failures = new List<Exception>();
        using var store = new PropertyStore(new PropertyStoreOptions
        {
            Scheduler = new Refusing(), ObserverFailed = e => { lock (failures) { failures.Add(e); } },
        });
        PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
        client.TryDefine(new PropertyName(1, 1), PropertyDefinition.Open(PropertyType.Int));
        using Property handle = client.Attach(new PropertyName(1, 1));
        for (int i = 0; i < 10; i++)
        {
            Task<ErrorCode> waiting = Await(handle);
            Assert.Equal(ErrorCode.Success, client.TrySet(handle.Name, i));
            Assert.Same(waiting, await Task.WhenAny(waiting, Limit()));
            Assert.Equal(ErrorCode.Success, await waiting);
        }

        Assert.NotEmpty(failures);
        Assert.All(failures, f => Assert.IsType<NotSupportedException>(f));
        Assert.Equal(failures.Count, store.ObserverFailures);

        static Task Limit() => Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);

        static async Task<ErrorCode> Await(Property handle) => await handle.SubscribeAsync();
    }

    [Theory(Timeout = 60000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_scheduler_that_refuses_work_keeps_no_stream_from_its_last_element_and_its_end(bool byClient)
    {
        using var store = new PropertyStore(new PropertyStoreOptions { Scheduler = new Refusing() });
        PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
        var name = new PropertyName(1, 1);
        client.TryDefine(name, PropertyDefinition.Open(PropertyType.Int));
        PropertyClient observing = store.Open(store.MintIdentity(new SecureId(2)));
        Task<int?[]> latest = observing.Observe(name).Select(static c => c.Value).ToArray().ToTask(TestContext.Current.CancellationToken);
        Task<int?[]> buffered = observing.Observe(name, ObserveOptions.Buffered(8)).Select(static c => c.Value).ToArray()
            .ToTask(TestContext.Current.CancellationToken);
        Task<int?[]> watched = observing.Watch().Where(static e => e.Kind == PropertyEventKind.Change).Select(static e => e.Change.Value).ToArray()
            .ToTask(TestContext.Current.CancellationToken);
        client.TrySet(name, 1);
        client.TrySet(name, 2);
        if (byClient)
        {
            observing.Dispose();
        }
        else
        {
            store.Dispose();
        }

        TimeSpan limit = TimeSpan.FromSeconds(20);
        Assert.Equal([2], await latest.WaitAsync(limit, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal([0, 1, 2], await buffered.WaitAsync(limit, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal(2, (await watched.WaitAsync(limit, TimeProvider.System, TestContext.Current.CancellationToken))[^1]);
        Assert.NotEqual(0, store.ObserverFailures);
    }

    private sealed class Refusing : IScheduler
    {
        public DateTimeOffset Now => DateTimeOffset.UnixEpoch;

        public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action) => throw new NotSupportedException();

        public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) => throw new NotSupportedException();

        public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) =>
            throw new NotSupportedException();
    }
}
