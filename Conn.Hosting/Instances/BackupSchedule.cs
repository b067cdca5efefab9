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
        BackupTimes times = new(instance.Options, instance.Clock);
        try
        {
            DateTimeOffset now = instance.Clock.GetUtcNow();
            if (instance.Options.RunMissed && instance.LastGood.Newest() is { } newest && times.After(newest) <= now)
            {
                Messages.Missed(instance.Log, newest);
                await BackupAsync(cancellationToken);
            }

            while (times.After(now = instance.Clock.GetUtcNow()) is { } next)
            {
                service.Next = next;
                Messages.Next(instance.Log, next);
                while (next > now)
                {
                    TimeSpan wait = next - now;
                    await Task.Delay(wait < LongestWait ? wait : LongestWait, instance.Clock, cancellationToken);
                    now = instance.Clock.GetUtcNow();
                }

                await BackupAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            service.Next = null;
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
#pragma warning disable CA1031 // A schedule goes on whatever one backup failed with; the failure is logged with its stack.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Messages.ScheduledFailed(instance.Log, e);
        }
    }
}
