using Conn.ActiveBackup;
using Conn.ActiveBackup.Timing;

namespace Conn.Engine.Operations;

/// <summary>A wait until an owner has reached a status; a sign of life of the owner starts it again.</summary>
/// <param name="operation">The operation.</param>
/// <param name="run">The owner's run; when it fails, the wait ends with its failure.</param>
/// <param name="reached">Whether the status is reached.</param>
/// <param name="what">What is waited for, for the message.</param>
internal sealed class ReadinessWait(Operation operation, OwnerRun run, Func<DataOwnerStatus, bool> reached, string what)
{
    private readonly TaskCompletionSource _stopped = new();
    private bool _isSilent;

    /// <summary>Waits.</summary>
    /// <param name="silent">For how long nothing was heard of the owner already.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="DataOwnerException">It failed, or nothing was heard of it in time.</exception>
    public async Task RunAsync(TimeSpan silent, CancellationToken stop)
    {
        TimeSpan limit = operation.Engine.Limits.ReadinessTimeout;
        using Countdown watch = new(operation.Engine.Clock, _ => Silent());
        using CancellationTokenRegistration stopping = stop.UnsafeRegister(
            _ => operation.Engine.Loop.Post(static s => ((TaskCompletionSource)s!).TrySetResult(), _stopped), null);
        watch.Start(limit == Timeout.InfiniteTimeSpan ? limit : TimeSpan.FromTicks(Math.Max(0, (limit - silent).Ticks)));
        run.Owner.ReadinessWatch = watch;
        try
        {
            while (true)
            {
                Task changed = run.Owner.Changed;
                run.ThrowIfFailed();
                if (reached(run.Owner.Status))
                {
                    return;
                }

                await Task.WhenAny(changed, _stopped.Task);
                stop.ThrowIfCancellationRequested();
                if (_isSilent && !changed.IsCompleted)
                {
                    throw new DataOwnerException(run.Owner.Name, ErrorCode.TimedOut,
                        $"Owner {run.Owner.Name} is {run.Owner.Status}, and nothing was heard of it for {limit.TotalSeconds:0.###} s while waiting for {what}.");
                }
            }
        }
        finally
        {
            run.Owner.ReadinessWatch = null;
        }
    }

    private void Silent()
    {
        _isSilent = true;
        _stopped.TrySetResult();
    }
}
