using Conn.ActiveBackup.Client;

namespace Conn.Engine.Sessions;

/// <summary>Fires when nothing was heard for its length; progress heard before it fires always wins the race.</summary>
internal sealed class NoProgressWatch : IDisposable
{
    // Awaited in the engine's loop only: a continuation is posted there, never run by the timer.
    private readonly TaskCompletionSource _fired = new();
    private readonly Countdown _countdown;

    public NoProgressWatch(TimeProvider time, TimeSpan length) => _countdown = new Countdown(time, length, () => _fired.TrySetResult());

    public TimeSpan Length => _countdown.Length;

    public Task Fired => _fired.Task;

    /// <summary>Waits for the first of what is waited for, the watch itself, and the abort; who comes back looks which of them it was.</summary>
    public async Task AnyAsync(CancellationToken abort, params Task[] ends)
    {
        TaskCompletionSource aborted = new();
        using CancellationTokenRegistration registration = abort.Register(static s => ((TaskCompletionSource)s!).TrySetResult(), aborted);
        await Task.WhenAny([.. ends, _fired.Task, aborted.Task]);
    }

    public void Renew() => _countdown.Renew();

    public void Dispose() => _countdown.Dispose();
}
