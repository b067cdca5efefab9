using System.Reactive.Concurrency;
using System.Runtime.Versioning;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>What changes in the process of the server reaches the clients, whatever the thread that changed it does next.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PushTests
{
    private static readonly SecureId Sid = new(0x20000001);
    private static readonly PropertyName Name = new(Sid.Value, 1);
    private static readonly PropertyName Other = new(Sid.Value, 2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_publisher_whose_context_runs_nothing_keeps_no_change_from_a_client()
    {
        const int Publishes = 1000;
        await using ServerFixture server = new();
        using PropertyClient publisher = server.Store.Open(Sid);
        publisher.TryDefine(Name, PropertyDefinition.Open(PropertyType.Int));
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(server.Client, Token);
        await using IPropertyClient client = await store.OpenAsync(store.MintIdentity(Sid, CapabilitySet.Empty), Token);
        using IProperty handle = await client.AttachAsync(Name, Token);
        TaskCompletionSource last = SawValue(client, Name, Publishes + 1, out IDisposable observation);
        using (observation)
        {
            await handle.TrySetAsync(0, Token);
            InContext(new StuckContext(), () =>
            {
                for (int i = 1; i <= Publishes; i++)
                {
                    publisher.TrySet(Name, i);
                }
            });
            publisher.TrySet(Name, Publishes + 1);
            await last.Task.WaitAsync(Limit, TimeProvider.System, Token);
        }
    }

    [Fact]
    public async Task An_observer_that_holds_a_publisher_keeps_no_change_from_a_client()
    {
        await using ServerFixture server = new();
        using PropertyClient publisher = server.Store.Open(Sid);
        publisher.TryDefine(Name, PropertyDefinition.Open(PropertyType.Int));
        publisher.TryDefine(Other, PropertyDefinition.Open(PropertyType.Int));
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(server.Client, Token);
        await using IPropertyClient client = await store.OpenAsync(store.MintIdentity(Sid, CapabilitySet.Empty), Token);
        using IProperty handle = await client.AttachAsync(Name, Token);
        TaskCompletionSource held = SawValue(client, Name, 1, out IDisposable first);
        TaskCompletionSource other = SawValue(client, Other, 1, out IDisposable second);
        await handle.TrySetAsync(0, Token);

        // The server has read the acknowledgement of the last push before this call.
        await client.HasSubscribersAsync(Name, Token);
        using HangingObserver observer = new(static c => c.Value == 1);
        using IDisposable blocking = publisher.Observe(Name, new ObserveOptions { Scheduler = ImmediateScheduler.Instance }).Subscribe(observer);
        Task publishing = Task.Factory.StartNew(() => publisher.TrySet(Name, 1), Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await observer.HangsAsync(Token);
            publisher.TrySet(Other, 1);
            await other.Task.WaitAsync(Limit, TimeProvider.System, Token);
            await held.Task.WaitAsync(Limit, TimeProvider.System, Token);
        }
        finally
        {
            observer.Dispose();
            await publishing;
            first.Dispose();
            second.Dispose();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_observer_that_holds_the_end_of_a_client_keeps_no_change_from_another_client(bool otherIsDefinedFirst)
    {
        PropertyName[] names = otherIsDefinedFirst ? [Other, Name] : [Name, Other];
        await using ServerFixture server = new();
        using PropertyClient publisher = server.Store.Open(Sid);
        PropertyClient ending = server.Store.Open(Sid);
        Array.ForEach(names, n => ending.TryDefine(n, PropertyDefinition.Open(PropertyType.Int) with { Lifetime = PropertyLifetime.Client }));
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(server.Client, Token);
        await using IPropertyClient client = await store.OpenAsync(store.MintIdentity(Sid, CapabilitySet.Empty), Token);
        TaskCompletionSource seen = SawValue(client, Other, 2, out IDisposable observation);
        await client.HasSubscribersAsync(Name, Token);
        using HangingObserver observer = new(static c => c.Kind == PropertyChangeKind.Deleted);
        using IDisposable blocking = publisher.Observe(Name, new ObserveOptions { Scheduler = ImmediateScheduler.Instance }).Subscribe(observer);
        Task end = Task.Factory.StartNew(ending.Dispose, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await observer.HangsAsync(Token);
            publisher.TryDefine(Other, PropertyDefinition.Open(PropertyType.Int));
            publisher.TrySet(Other, 2);
            await seen.Task.WaitAsync(Limit, TimeProvider.System, Token);
        }
        finally
        {
            observer.Dispose();
            await end;
            observation.Dispose();
        }
    }

    private static TaskCompletionSource SawValue(IPropertyClient client, PropertyName name, int value, out IDisposable observation)
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        observation = client.Observe(name).Subscribe(c =>
        {
            if (c.Value == value)
            {
                seen.TrySetResult();
            }
        });
        return seen;
    }

    private static void InContext(SynchronizationContext context, Action run)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>The context of a thread that is busy.</summary>
    private sealed class StuckContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }

        public override SynchronizationContext CreateCopy() => this;
    }
}
