using Conn.Engine;
using Conn.Hosting.Telemetry;

namespace Conn.Hosting.Instances;

/// <summary>Backs up at the times of the options, one after the other. A backup that fails is logged, and the next one comes at its time.</summary>
internal sealed class BackupSchedule(ConnInstance instance, BackupService service)
{
    // A timer cannot wait for longer than 49 days; and a clock that is set is noticed.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool isFirst = true;
        while (!cancellationToken.IsCancellationRequested)
        {
            using CancellationTokenSource changed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using IDisposable? changes = instance.OptionsNow.OnChange((_, name) => Change(changed, name));
            try
            {
                ConnOptions options = instance.OptionsNow.Get(instance.Name);
                BackupTimes times = new(options, instance.Clock);
                if (isFirst && options.RunMissed)
                {
                    await MakeUpAsync(times, cancellationToken);
                }

                isFirst = false;
                await FollowAsync(times, changed.Token, cancellationToken);
            }
            catch (OperationCanceledException) when (changed.IsCancellationRequested)
            {
                service.Next = null;
            }
        }
    }

    private void Change(CancellationTokenSource changed, string? name)
    {
        if (name == instance.Name)
        {
            Messages.ScheduleChanged(instance.Log);
            changed.Cancel();
        }
    }

    private async Task MakeUpAsync(BackupTimes times, CancellationToken cancellationToken)
    {
        if (instance.LastGood.Newest() is { } newest && times.After(newest) <= instance.Clock.GetUtcNow())
        {
            Messages.Missed(instance.Log, newest);
            await BackupAsync(cancellationToken);
        }
    }

    /// <summary>Backs up at the times until they change. A backup that runs then is not disturbed.</summary>
    private async Task FollowAsync(BackupTimes times, CancellationToken changed, CancellationToken cancellationToken)
    {
        DateTimeOffset now;
        while (times.After(now = instance.Clock.GetUtcNow()) is { } next)
        {
            // It is said when it is waited for, whatever the clock does then.
            Task waiting = WaitAsync(next, now, changed);
            service.Next = next;
            Messages.Next(instance.Log, next);
            await waiting;

            service.Next = times.After(next);
            await BackupAsync(cancellationToken);
            if (times.After(next) is { } passed && passed <= instance.Clock.GetUtcNow())
            {
                Messages.Skipped(instance.Log, $"at {passed:yyyy-MM-dd HH:mm zzz} the one before it still ran.");
            }

            changed.ThrowIfCancellationRequested();
        }

        service.Next = null;
        await Task.Delay(Timeout.InfiniteTimeSpan, instance.Clock, changed);
    }

    private async Task WaitAsync(DateTimeOffset next, DateTimeOffset now, CancellationToken changed)
    {
        while (next > now)
        {
            TimeSpan wait = next - now;
            await Task.Delay(wait < LongestWait ? wait : LongestWait, instance.Clock, changed);
            now = instance.Clock.GetUtcNow();
        }
    }

    private async Task BackupAsync(CancellationToken cancellationToken)
    {
        try
        {
            await service.BackupAsync(static r => r with { Holder = "the schedule" }, cancellationToken);
        }
        catch (OperationRefusedException e) when (e.Refusal == OperationRefusal.InUse)
        {
            Messages.Skipped(instance.Log, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Messages.ScheduledAborted(instance.Log);
        }
#pragma warning disable CA1031 // A schedule goes on whatever one backup failed with; the failure is logged with its stack.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Messages.ScheduledFailed(instance.Log, e);
        }
    }
}
