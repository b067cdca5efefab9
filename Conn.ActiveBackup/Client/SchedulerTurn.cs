using System.Reactive.Concurrency;
using System.Reactive.Disposables;

namespace Conn.ActiveBackup.Client;

/// <summary>Begins work on a scheduler that nothing takes back: on the pool one plain task, without what Rx makes to be able to cancel it.</summary>
internal static class SchedulerTurn
{
    public static void Begin(IScheduler scheduler, Action<object?> work, object state)
    {
        if (ReferenceEquals(scheduler, TaskPoolScheduler.Default))
        {
            // As the scheduler itself does it; an exception that escapes is an unobserved task's there as well.
            Task.Factory.StartNew(work, state, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default);
            return;
        }

        scheduler.Schedule((work, state), static (_, turn) =>
        {
            turn.work(turn.state);
            return Disposable.Empty;
        });
    }
}
