using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Timing;

namespace Conn.Engine.Owners;

/// <summary>The layer next to the channel: makes each call outside of the engine's loop, and stops waiting when the owner shows no progress in time, or when
/// the wait is cancelled.</summary>
/// <remarks>
/// Called in the engine's loop. Invariant: no code of an owner, of its scheduler or of its transport runs in the engine's loop. A call that is given up is
/// cancelled and left alone: whatever it still does reaches nothing of the engine's.
/// </remarks>
internal sealed class Watchdog : IOwnerChannel, IDisposable
{
    private readonly EngineState _engine;
    private readonly IOwnerChannel _inner;
    private readonly Countdown _countdown;
    private TimeSpan _limit;
    private volatile bool _isEnding;
    private volatile Call? _running;
    private bool _isClosed;

    public Watchdog(EngineState engine, IOwnerChannel inner, TimeSpan limit)
    {
        _engine = engine;
        _inner = inner;
        _limit = limit;
        _countdown = new Countdown(engine.Clock, static s => ((Call)s!).GiveUpSilent());
    }

    /// <summary>Whether the owner is being terminated.</summary>
    public bool IsEnding => _isEnding;

    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        Call running = new(call, _limit, _isEnding ? "the time-out of an abort" : "the no-progress time-out");
        _running = running;
        if (_isClosed)
        {
            running.GiveUp(ErrorCode.ServerTerminated, "The session has ended.");
            return await running.Task;
        }

        _countdown.Start(_limit, running);
        _engine.RunOutside(static s => _ = s.Item1.MakeAsync(s.running), (this, running));
        OwnerCallResult result;
        using (cancellationToken.UnsafeRegister(static s => ((Call)s!).GiveUp(ErrorCode.Cancel, "The operation was aborted."), running))
        {
            result = await running.Task;
        }

        if (_running == running)
        {
            // Else a Terminate has begun in the meantime, and the countdown is that one's.
            _countdown.Stop();
        }

        if (running.IsGivenUp)
        {
            _engine.RunOutside(static cancel => cancel.Cancel(), running.Cancel);
        }
        else
        {
            running.Cancel.Dispose();
        }

        return result;
    }

    /// <summary>The owner is about to be terminated: that, and every later call, is waited for no longer than a limit, whatever progress is reported.</summary>
    public void EndWithin(TimeSpan limit)
    {
        _limit = limit;
        _isEnding = true;
    }

    /// <summary>Something was heard of the owner. Any thread.</summary>
    public void Renew()
    {
        if (!_isEnding)
        {
            _countdown.Renew();
        }
    }

    /// <summary>Ends the wait for the call that runs, if one does. Any thread.</summary>
    public void Stop(ErrorCode code, string message) => _running?.GiveUp(code, message);

    /// <summary>Makes no further call, and releases the timer; the channel stays open.</summary>
    public void Dispose()
    {
        _isClosed = true;
        _countdown.Dispose();
    }

    /// <summary>Closes the channel, outside of the loop; does not wait.</summary>
    public void Close()
    {
        Dispose();
        _engine.RunOutside(static watchdog => _ = watchdog.CloseChannelAsync(), this);
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return default;
    }

    private async Task CloseChannelAsync()
    {
        try
        {
            await _inner.DisposeAsync();
        }
#pragma warning disable CA1031 // A channel may throw anything while it closes; the session has ended all the same.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _engine.Faults.Report(e);
        }
    }

    private async Task MakeAsync(Call running)
    {
        if (running.Task.IsCompleted)
        {
            return;
        }

        running.HasStarted = true;
        try
        {
            ValueTask<OwnerCallResult> making = _inner.InvokeAsync(running.Made, running.Cancel.Token);
            bool isAtOnce = making.IsCompleted && _engine.CallScheduler is null;
            running.Returned = (await making).Checked(running.Made);
            if (isAtOnce)
            {
                // Nothing of the owner is on this thread's stack: the engine goes on here, which saves a change of threads for each call.
                _engine.Loop.RunHere(static s => ((Call)s!).Complete(), running);
            }
            else
            {
                running.Complete();
            }
        }
#pragma warning disable CA1031 // A channel that throws is the failure of the way to this owner.
        catch (Exception e)
#pragma warning restore CA1031
        {
            running.TrySetResult(OwnerCallResult.Threw(e));
        }
    }

    /// <summary>One call on its way; completed by whatever comes first, its result or the end of the wait. Its continuation is a turn of the loop of its
    /// own.</summary>
    private sealed class Call(OwnerCall made, TimeSpan limit, string setting) : TaskCompletionSource<OwnerCallResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public OwnerCall Made => made;

        public CancellationTokenSource Cancel { get; } = new();

        public bool HasStarted { get; set; }

        public OwnerCallResult Returned { get; set; }

        public bool IsGivenUp => Task is { IsCompletedSuccessfully: true, Result.Failure.IsGivenUp: true };

        public void Complete() => TrySetResult(Returned);

        public void GiveUpSilent() => GiveUp(ErrorCode.TimedOut,
            $"No progress for {limit.TotalSeconds:0.###} s ({setting}) while {CallWords.Of(made.Kind)}{(HasStarted ? "" : "; no thread was free to make the call")}.");

        public void GiveUp(ErrorCode code, string message) =>
            TrySetResult(new OwnerCallResult { Failure = new OwnerCallFailure(code, message) { IsGivenUp = true } });
    }
}
