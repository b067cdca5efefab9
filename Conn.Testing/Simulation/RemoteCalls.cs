using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Simulation;

/// <summary>The calls of an engine to an owner by a simulated connection. Invariant: each answer is of the call that it was asked for by this connection; bytes are copied
/// at both ends.</summary>
internal sealed class RemoteCalls(IOwnerChannel owner, SimulatedPipe toOwner, SimulatedPipe toEngine, TimeProvider clock) : IOwnerChannel
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly Dictionary<long, TaskCompletionSource<Answer>> _waiting = [];
    private readonly Dictionary<long, CancellationTokenSource> _running = [];
    private long _calls;
    private bool _isLost;

    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested && call.Kind != OwnerCallKind.TerminateMultiStageOperation)
        {
            return OwnerCallResult.Failed(ErrorCode.Cancel, $"{call.Kind} was given up before it began.");
        }

        if (_isLost)
        {
            return Lost();
        }

        long id = ++_calls;
        TaskCompletionSource<Answer> answer = new();
        _waiting.Add(id, answer);
        OwnerCall copy = call with { Section = call.Section.ToArray(), Buffer = new byte[call.Buffer.Length] };
        toOwner.Send(() => _ = PerformAsync(id, copy));
        using CancellationTokenRegistration cancel = cancellationToken.UnsafeRegister(_ => toOwner.Send(() => Cancel(id)), null);
        Answer given = await answer.Task;
        given.Bytes.CopyTo(call.Buffer);
        return given.Result.Checked(call);
    }

    /// <summary>The engine ends the session; it does not wait long for an owner that may hang.</summary>
    public async ValueTask DisposeAsync()
    {
        TaskCompletionSource ended = new();
        toOwner.Send(async () =>
        {
            await owner.DisposeAsync();
            toEngine.Send(() => ended.TrySetResult());
        });
        await Task.WhenAny(ended.Task, Task.Delay(EndLimit, clock));
        Lose();
    }

    /// <summary>The owner's process notices the loss: the calls that run there, or wait, are given up.</summary>
    public void GiveUp()
    {
        foreach (CancellationTokenSource cancel in _running.Values.ToArray())
        {
            cancel.Cancel();
        }
    }

    /// <summary>The connection is lost: the calls that wait fail.</summary>
    public void Lose()
    {
        _isLost = true;
        TaskCompletionSource<Answer>[] waiting = [.. _waiting.Values];
        _waiting.Clear();
        Array.ForEach(waiting, static w => w.TrySetResult(new Answer(Lost(), [])));
    }

    private static OwnerCallResult Lost() => OwnerCallResult.Failed(ErrorCode.ServerTerminated, "The connection to the owner's process was lost.");

    private async Task PerformAsync(long id, OwnerCall call)
    {
        using CancellationTokenSource cancel = new();
        _running[id] = cancel;
        OwnerCallResult result = await owner.InvokeAsync(call, cancel.Token);
        _running.Remove(id);
        Answer answer = Crossing(call, result);
        toEngine.Send(() =>
        {
            if (_waiting.Remove(id, out TaskCompletionSource<Answer>? waiting))
            {
                waiting.TrySetResult(answer);
            }
        });
    }

    private void Cancel(long id)
    {
        if (_running.TryGetValue(id, out CancellationTokenSource? cancel))
        {
            cancel.Cancel();
        }
    }

    // What a result has in its own process stays there.
    private static Answer Crossing(in OwnerCall call, in OwnerCallResult result) => result.Failure is { } failure
        ? new Answer(OwnerCallResult.Failed(failure.Code, failure.Message), [])
        : new Answer(result with { Token = result.Token.ToArray() }, call.Buffer[..Math.Clamp(result.Section.Bytes, 0, call.Buffer.Length)].ToArray());

    private sealed record Answer(OwnerCallResult Result, byte[] Bytes);
}
