using System.Reactive.Concurrency;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

public sealed class WatchNewsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task News_that_come_while_a_read_is_answered_with_nothing_are_read()
    {
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedBus bus = new()
        {
            OnRead = async (number, client, watch) =>
            {
                if (number == 1)
                {
                    // The client has seen the news when the call returns, and the read has found nothing.
                    await client.NewsAsync(watch);
                }
                else
                {
                    second.TrySetResult();
                }

                return new WireEvents([], false);
            },
        };
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(bus.Client, Token);
        await using IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(0x20000001), CapabilitySet.Empty), Token);
        using IDisposable watch = client.Watch(scheduler: ImmediateScheduler.Instance).Subscribe(static _ => { });
        await second.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token);
    }
}
