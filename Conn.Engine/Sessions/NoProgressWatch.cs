using Conn.ActiveBackup.Client;

namespace Conn.Engine.Sessions;

/// <summary>Fires when nothing was heard for its length; progress heard before it fires always wins the race.</summary>
internal sealed class NoProgressWatch : IDisposable
{
    // One for the firing, the abort and the end of the session: every callback waits here, and what is made for it is made for each.
    // Awaited in the engine's loop only: a continuation is posted there, never run by the timer.
    private readonly TaskCompletionSource _stopped = new();
    private readonly Countdown _countdown;
    private volatile bool _fired;

    public NoProgressWatch(TimeProvider time, TimeSpan length) => _countdown = new Countdown(time, length, static s => ((NoProgressWatch)s).Fire(), this);

    public TimeSpan Length => _countdown.Length;

    public bool HasFired => _fired;

    /// <summary>Completes with the first of what is waited for, the watch itself, and a stop; who comes back looks which of them it was.</summary>
    public Task FirstAsync(Task end) => Task.WhenAny(end, _stopped.Task);

    /// <summary>The abort is a stop, too, until the registration is disposed.</summary>
    public CancellationTokenRegistration StopOn(CancellationToken abort) => abort.Register(static s => ((NoProgressWatch)s!).Stop(), this);

    /// <summary>Ends the waiting for good.</summary>
    public void Stop() => _stopped.TrySetResult();

    public void Renew() => _countdown.Renew();

    public void Dispose() => _countdown.Dispose();

    private void Fire()
    {
        _fired = true;
        Stop();
    }
}
