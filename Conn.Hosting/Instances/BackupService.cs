using System.Collections.Concurrent;
using Conn.Engine;
using Conn.Hosting.Telemetry;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Hosting.Instances;

/// <summary>Runs the operations of one instance, and tells logs, metrics and traces.</summary>
internal sealed class BackupService(ConnInstance instance, ConnMeter meter, OperationNews news) : IBackupService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly OperationLog _log = new(instance.Clock);
    private readonly ConcurrentDictionary<SecureId, OwnerReport> _lastReports = [];

    /// <summary>Gets or sets the time of the next backup of the schedule.</summary>
    public DateTimeOffset? Next { get; set; }

    /// <summary>Gets the operations since the start, oldest first.</summary>
    public PastOperation[] History => _log.All;

    public Task<BackupReport> BackupAsync(Func<BackupRequest, BackupRequest>? configure = null, CancellationToken cancellationToken = default)
    {
        BackupRequest request = new() { Repository = instance.Repository, Holder = "a backup of the host" };
        request = configure?.Invoke(request) ?? request;
        return RunAsync("backup", request.PlanOnly, request.Holder, token => BackupAsync(request, token),
            EndOf.Report, cancellationToken);
    }

    public async Task<RestoreReport> RestoreAsync(Func<RestoreRequest, RestoreRequest>? configure = null, CancellationToken cancellationToken = default) =>
        await RestoreAsync(await instance.Host.FindNewestSetAsync(instance.Repository, cancellationToken), [], configure, cancellationToken);

    /// <summary>Restores from a set that holds nothing of some owners.</summary>
    public Task<RestoreReport> RestoreAsync(BackupSet set, IReadOnlyList<MissingOwner> missing, Func<RestoreRequest, RestoreRequest>? configure, CancellationToken cancellationToken)
    {
        RestoreRequest request = new() { Repository = instance.Repository, Set = set, Holder = "a restore of the host" };
        request = configure?.Invoke(request) ?? request;
        return RunAsync("restore", request.PlanOnly, request.Holder, token => RestoreAsync(request, missing, token),
            EndOf.Report, cancellationToken);
    }

    public async Task<BackupStatus> StatusAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<OwnerStanding> owners = await instance.Host.Engine.OwnersAsync(cancellationToken);
        RepositoryException? fault = null;
        try
        {
            instance.LastGood.Learn(await instance.Repository.ListSetsAsync(cancellationToken));
        }
        catch (RepositoryException e)
        {
            // Where the owners stand is asked when something is wrong.
            fault = e;
        }

        ConnOptions options = instance.OptionsNow.Get(instance.Name);
        return new BackupStatus
        {
            Schedule = [.. options.Schedule], TimeZone = options.TimeZone,
            Mode = instance.Monitor.Current, NextBackup = Next, Operation = _log.Current, Repository = instance.Repository.Storage.Place,
            RepositoryError = fault?.Message, RepositoryFailure = fault?.Failure,
            Refused = [.. instance.Refused().Select(static r => new RefusedOwner { Name = r.Name, Sid = $"{r.SecureId}", Where = $"{r.Peer}", Reason = r.Reason })],
            Owners = [.. owners.Select(o => OwnerStatus.Of(
                o, _lastReports.GetValueOrDefault(o.Registration.Sid), instance.LastGood.Of(o.Registration.Sid.Value), instance.WhereIs(o.Registration)))],
        };
    }

    /// <summary>Aborts what runs, and refuses what comes.</summary>
    public Task AbortAsync() => _stop.CancelAsync();

    /// <summary>Aborts what runs, and waits for its end.</summary>
    /// <returns>What was aborted.</returns>
    public async Task<PastOperation[]> AbortRunningAsync(CancellationToken cancellationToken)
    {
        RunningOperation[] running = _log.Running;
        await Task.WhenAll(running.Select(r => r.AbortAsync(cancellationToken)));
        return [.. running.Select(static r => r.Summary)];
    }

    /// <summary>Waits for the operations that run, and until their ends are told.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_log.Running.Select(static r => r.Ended)).WaitAsync(cancellationToken);
        await news.DrainAsync(cancellationToken);
    }

    public void Dispose()
    {
        _stop.Dispose();
        news.Dispose();
    }

    private async Task<T> RunAsync<T>(string what, bool isPlan, string holder, Func<CancellationToken, Task<T>> run,
        Func<T, (OperationOutcome, string?, string?)> summary, CancellationToken cancellationToken)
    {
        if (_log.Current is not null)
        {
            // The engine refuses it, and nothing of it happens: no news, and not in the history.
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, cancellationToken);
            return await run(either.Token);
        }

        string kind = isPlan ? $"plan of a {what}" : what;
        RunningOperation operation = _log.Begin(kind, holder, _stop.Token, cancellationToken);
        Tell(operation.Summary);
        try
        {
            T report = await run(operation.Abort);
            (OperationOutcome outcome, string? set, string? error) = summary(report);
            Tell(_log.End(operation, outcome, set, error));
            return report;
        }
        catch (Exception e)
        {
            string why = e is OperationCanceledException ? "It was aborted." : e.Message;
            Messages.OperationEnded(instance.Log, kind, holder, why);
            Tell(_log.End(operation, null, null, why));
            throw;
        }

        void Tell(PastOperation told)
        {
            if (!isPlan)
            {
                news.Tell(told);
            }
        }
    }

    private async Task<BackupReport> BackupAsync(BackupRequest request, CancellationToken cancellationToken)
    {
        using OperationRecord? record = request.PlanOnly ? null : new(instance.Host.Engine, meter, ConnTelemetry.Backup);
        try
        {
            BackupReport report = await instance.Host.Engine.BackupAsync(request, cancellationToken);
            if (report is { Set: { } set })
            {
                instance.LastGood.Learn([set]);
            }

            record?.Ended(report.Outcome, report.Owners);
            if (!report.PlanOnly)
            {
                Messages.BackupEnded(instance.Log, report.Outcome, report.SetId?.ToString() ?? "no set", report.Bytes);
                Keep(report.Owners);
            }

            if (report is { SetId: not null, Outcome: not OperationOutcome.Failed } && instance.OptionsNow.Get(instance.Name).Retention is { } retention)
            {
                await new RetentionRun(instance, news).RunAsync(retention, cancellationToken);
            }

            return report;
        }
        catch (Exception e)
        {
            record?.Failed(e);
            throw;
        }
    }

    private async Task<RestoreReport> RestoreAsync(RestoreRequest request, IReadOnlyList<MissingOwner> missing, CancellationToken cancellationToken)
    {
        using OperationRecord? record = request.PlanOnly ? null : new(instance.Host.Engine, meter, ConnTelemetry.Restore);
        try
        {
            RestoreReport report = (await instance.Host.Engine.RestoreAsync(request, cancellationToken)).WithMissing(missing);
            record?.Ended(report.Outcome, report.Owners);
            if (!report.PlanOnly)
            {
                Messages.RestoreEnded(instance.Log, report.Outcome, request.Set.Id.ToString());
                Keep(report.Owners);
            }

            return report;
        }
        catch (Exception e)
        {
            record?.Failed(e);
            throw;
        }
    }

    private void Keep(IReadOnlyList<OwnerReport> owners)
    {
        foreach (OwnerReport owner in owners)
        {
            _lastReports[owner.Sid] = owner;
            foreach (string error in owner.Errors)
            {
                Messages.OwnerError(instance.Log, owner.Name, error);
            }
        }
    }
}
