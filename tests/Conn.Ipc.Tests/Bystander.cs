using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>A healthy client beside a bad one. It publishes and observes through the server.</summary>
internal sealed class Bystander : IAsyncDisposable, IObserver<PropertyChange>
{
    private static readonly PropertyName Name = new(0x20000009, 9);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new(); // guards _awaited
    private readonly IpcPropertyStore _store;
    private readonly IPropertyClient _client;
    private (int Value, TaskCompletionSource Seen)? _awaited;
    private IDisposable? _observation;
    private int _published;

    private Bystander(IpcPropertyStore store, IPropertyClient client) => (_store, _client) = (store, client);

    public static async Task<Bystander> ConnectAsync(ServerFixture fixture, CancellationToken cancellationToken)
    {
        IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(fixture.Client, cancellationToken);
        IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(Name.Category), CapabilitySet.Empty), cancellationToken);
        Assert.Equal(ErrorCode.Success, await client.TryDefineAsync(Name, PropertyDefinition.Open(PropertyType.Int), cancellationToken));
        Bystander bystander = new(store, client);
        bystander._observation = client.Observe(Name).Subscribe(bystander);
        await bystander.IsServedAsync(cancellationToken);
        return bystander;
    }

    /// <summary>Publishes a value and waits until the observation has it.</summary>
    public async Task IsServedAsync(CancellationToken cancellationToken)
    {
        int value = ++_published;
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _awaited = (value, seen);
        }

        Assert.Equal(ErrorCode.Success, (await _client.TrySetAsync(Name, value, cancellationToken)).Code);
        await seen.Task.WaitAsync(Patience, TimeProvider.System, cancellationToken);
    }

    public void OnNext(PropertyChange value)
    {
        TaskCompletionSource? seen = null;
        lock (_lock)
        {
            if (_awaited is { } awaited && value.Value == awaited.Value)
            {
                seen = awaited.Seen;
            }
        }

        seen?.TrySetResult();
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public async ValueTask DisposeAsync()
    {
        _observation?.Dispose();
        await _store.DisposeAsync();
    }
}
