using Conn.ActiveBackup;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The places of an owner in another process, as its program stated them last; they stay known when the program is gone. Invariant:
/// <see cref="Given"/> completes after the program has the places of others that were set before it was read. Any thread.</summary>
internal sealed class RemotePlaces : IOwnedPlaces
{
    private static readonly Task<ConnException?> Done = Task.FromResult<ConnException?>(null);

    private readonly Lock _lock = new(); // guards every field
    private string[] _own = [];
    private string[]? _others;
    private IPlanClient? _program;
    private Task<ConnException?> _given = Done;

    public IReadOnlyList<string> Places
    {
        get
        {
            lock (_lock)
            {
                return _own;
            }
        }
    }

    /// <summary>Gets the delivery of the places of others: null when the program has them or is gone, or why it cannot take them. The task never
    /// fails.</summary>
    public Task<ConnException?> Given
    {
        get
        {
            lock (_lock)
            {
                return _given;
            }
        }
    }

    public void SetOtherPlaces(IReadOnlyList<string> places)
    {
        lock (_lock)
        {
            if (_others is null || !_others.SequenceEqual(places) || _given is { IsCompleted: true, Result: not null })
            {
                _others = [.. places];
                Give(_given);
            }
        }
    }

    /// <summary>Takes what a program states, which is the one to give the places of others to.</summary>
    public void State(string[] own, IPlanClient program)
    {
        lock (_lock)
        {
            _own = own;
            _program = program;
            _given = Done;
            Give(Done);
        }
    }

    /// <summary>Gives a program that is gone nothing more.</summary>
    public void Leave(IPlanClient program)
    {
        lock (_lock)
        {
            if (_program == program)
            {
                _program = null;
                _given = Done;
            }
        }
    }

    private void Give(Task before)
    {
        if (_program is { } program && _others is { } others)
        {
            _given = GiveAsync(before, program, others);
        }
    }

    private static async Task<ConnException?> GiveAsync(Task before, IPlanClient program, string[] others)
    {
        // Not in the engine's loop, which gives the places.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await before;
        try
        {
            await program.SetOtherPlacesAsync(others);
            return null;
        }
        catch (RemoteInvocationException e)
        {
            return WireRpc.Translate(e);
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The program is gone, and nothing reaches its owner.
            return null;
        }
    }
}
