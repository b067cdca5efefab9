using Conn.Engine;
using Conn.Hosting.Telemetry;

namespace Conn.Hosting.Instances;

/// <summary>Runs the operations of one instance, and tells logs, metrics and traces.</summary>
internal sealed class BackupService(ConnInstance instance, ConnMeter meter) : IBackupService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new(); // guards _running
    private readonly HashSet<Task> _running = [];

    /// <summary>Gets or sets the time of the next backup of the schedule.</summary>
    public DateTimeOffset? Next { get; set; }

    public Task<BackupReport> BackupAsync(Func<BackupRequest, BackupRequest>? configure = null, CancellationToken cancellationToken = default)
    {
        BackupRequest request = new() { Repository = instance.Repository, Holder = "a backup of the host" };
        return RunAsync(token => BackupAsync(configure?.Invoke(request) ?? request, token), cancellationToken);
    }

    public Task<RestoreReport> RestoreAsync(Func<RestoreRequest, RestoreRequest>? configure = null, CancellationToken cancellationToken = default) =>
        RunAsync(token => RestoreNewestAsync(instance.Host, configure, token), cancellationToken);

    public async Task<BackupStatus> StatusAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<OwnerStanding> owners = await instance.Host.Engine.OwnersAsync(cancellationToken);
        instance.LastGood.Learn(await instance.Repository.ListSetsAsync(cancellationToken));
        return new BackupStatus
        {
            Mode = instance.Monitor.Current, NextBackup = Next,
            Owners = [.. owners.Select(o => (Standing: o, Set: instance.LastGood.Of(o.Registration.Sid.Value))).Select(static o => new OwnerStatus
            {
                Name = o.Standing.Registration.Name, Source = o.Standing.Registration.Source, Readiness = o.Standing.Status, Error = o.Standing.Error,
                LastGoodSet = o.Set?.Id.ToString(), LastGood = o.Set?.Time,
            })],
        };
    }

    /// <summary>Aborts what runs, and refuses what comes.</summary>
    public Task AbortAsync() => _stop.CancelAsync();

    /// <summary>Waits for the operations that run.</summary>
    public Task DrainAsync(CancellationToken cancellationToken)
    {
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        return Task.WhenAll(running).WaitAsync(cancellationToken);
    }

    public void Dispose() => _stop.Dispose();

    private async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> run, CancellationToken cancellationToken)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _ = _stop.IsCancellationRequested ? throw new InvalidOperationException("The host stops, and begins no operation.") : _running.Add(ended.Task);
        }

        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, cancellationToken);
        try
        {
            return await run(linked.Token);
        }
        finally
        {
            lock (_lock)
            {
                _running.Remove(ended.Task);
            }

            ended.SetResult();
        }
    }

    private async Task<BackupReport> BackupAsync(BackupRequest request, CancellationToken cancellationToken)
    {
        using OperationRecord record = new(instance.Host.Engine, meter, ConnTelemetry.Backup);
        try
        {
            BackupReport report = await instance.Host.Engine.BackupAsync(request, cancellationToken);
            if (report is { Set: { } set })
            {
                instance.LastGood.Learn([set]);
            }

            record.Ended(report.Outcome, report.Owners);
            Messages.BackupEnded(instance.Log, report.Outcome, report.SetId?.ToString() ?? "no set", report.Bytes);
            TellFailures(report.Owners);
            return report;
        }
        catch (Exception e)
        {
            record.Failed(e);
            throw;
        }
    }

    private async Task<RestoreReport> RestoreNewestAsync(
        ConnHost host, Func<RestoreRequest, RestoreRequest>? configure, CancellationToken cancellationToken)
    {
        using OperationRecord record = new(host.Engine, meter, ConnTelemetry.Restore);
        try
        {
            RestoreRequest request = new()
            {
                Repository = instance.Repository, Set = await host.FindNewestSetAsync(instance.Repository, cancellationToken), Holder = "a restore of the host",
            };
            RestoreReport report = await host.Engine.RestoreAsync(configure?.Invoke(request) ?? request, cancellationToken);
            record.Ended(report.Outcome, report.Owners);
            Messages.RestoreEnded(instance.Log, report.Outcome, request.Set.Id.ToString());
            TellFailures(report.Owners);
            return report;
        }
        catch (Exception e)
        {
            record.Failed(e);
            throw;
        }
    }

    private void TellFailures(IReadOnlyList<OwnerReport> owners)
    {
        foreach (OwnerReport owner in owners)
        {
            foreach (string error in owner.Errors)
            {
                Messages.OwnerError(instance.Log, owner.Name, error);
            }
        }
    }
}
