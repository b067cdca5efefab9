using Conn.ActiveBackup;
using Conn.Engine.Modes;
using Conn.Engine.Owners;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>A backup: owners get ready side by side, hand over their data one after the other, and the set is committed when all of it was read back.</summary>
internal sealed class BackupOperation(EngineState engine, BackupRequest request, CancellationToken abort) : Operation(engine, request.Holder, abort)
{
    private List<BackupRun> _runs = [];

    public async Task<BackupReport> RunAsync()
    {
        Abort.ThrowIfCancellationRequested();
        IReadOnlyList<RegisteredOwner> owners = OwnerSelection.Named(Engine.Owners, request.Owners);
        if (request.PlanOnly)
        {
            return await PlanAsync(owners);
        }

        RepositoryWriterLock writerLock = await request.Repository.LockForWritingAsync(request.Holder, Abort);
        try
        {
            Notes.AddRange(writerLock.Notes);
            RestoreResume earlier = new(this, request.Repository, writerLock);
            await earlier.RunAsync();
            BackupReport report = await RunAsync(owners, writerLock, earlier);
            await earlier.CloseLostAsync();
            return report with { Notes = Notes };
        }
        finally
        {
            await ReleaseAsync(writerLock);
        }
    }

    /// <summary>The owners that a failed manager still had to serve fail with it.</summary>
    public override void OnFailed(OwnerRun failed)
    {
        foreach (BackupRun served in _runs.Where(r => r.Managers.Any(m => m == failed)))
        {
            served.Fail(failed.Failure!.AsManagerOf(served.Owner));
        }
    }

    private async Task<BackupReport> RunAsync(IReadOnlyList<RegisteredOwner> owners, RepositoryWriterLock writerLock, RestoreResume earlier)
    {
        IReadOnlyList<RegisteredOwner> helpers = Engine.Owners.HelpersOf(owners);
        IReadOnlyList<BackupPlan> plans = await MakePlansAsync(owners);

        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Abort);
        List<BackupRun> asked = [.. plans.Select(p => new BackupRun(this, request, p, stop.Token))];
        _runs = [.. asked, .. helpers.Select(h => new BackupRun(this, request, BackupPlan.ForHelper(h), stop.Token) { IsHelper = true })];
        JoinManagers(_runs, static (run, managers) => run.Managers = managers);
        IReadOnlyList<Task> preparing = [];
        try
        {
            await EnterModeAsync(_runs, BurModeEvent.StartBackupFull, BurModeEvent.StartBackupPartial,
                plans.Any(p => p.Parent is not null) ? BackupIncType.Increment : BackupIncType.Base, request.Partial);
            preparing = [.. Begin(_runs).Select(r => StopOnErrorAsync(r, stop))];
            return await TransferAllAsync(asked, writerLock, earlier);
        }
        catch (OperationCanceledException) when (!Abort.IsCancellationRequested && preparing.Any(p => p.IsFaulted))
        {
            // Stopped by what ended the preparation of a later owner: that is the outcome.
            await preparing.First(p => p.IsFaulted);
            throw;
        }
        finally
        {
            stop.Cancel();
            await SettleAsync(preparing);
            await LeaveModeAsync(_runs);
        }
    }

    private async Task<IReadOnlyList<BackupPlan>> MakePlansAsync(IReadOnlyList<RegisteredOwner> owners)
    {
        SetList sets = await request.Repository.ListSetsAsync(Abort);
        Notes.AddRange(OwnerOrigins.Problems(sets));
        Notes.AddRange(ClockWarning.Of(sets, request.Repository.Options.TimeProvider.GetUtcNow()));
        Notes.AddRange(OwnerOrigins.Warnings(owners, sets, request.Host));
        IReadOnlyList<BackupPlan> plans = await BackupPlan.MakeAsync(owners, request, sets, Engine.Clock.GetUtcNow(), Abort);
        Notes.AddRange(plans.Where(p => p.Note is not null).Select(p => p.Note!));
        Notes.AddRange(plans.Where(p => p.Warning is not null).Select(p => $"WARNING: {p.Warning}"));
        Report(OperationPhase.Planned);
        return plans;
    }

    private async Task<BackupReport> PlanAsync(IReadOnlyList<RegisteredOwner> owners)
    {
        IReadOnlyList<BackupPlan> plans = await MakePlansAsync(owners);
        SourceCheck check = new(this, Abort);
        List<OwnerReport> reports = [];
        foreach (BackupPlan plan in plans)
        {
            await InPlaceAsync(async () => reports.Add(await check.ReportAsync(plan)), Abort);
        }

        return new BackupReport
        {
            PlanOnly = true,
            Type = plans.Any(p => p.Parent is not null) ? BackupIncType.Increment : BackupIncType.Base,
            Outcome = reports.Zip(plans).Any(p => p.First.Outcome == OwnerOutcome.Failed && p.Second.Owner.Registration.Policy == OwnerPolicy.Required)
                ? OperationOutcome.Failed
                : reports.Exists(r => r.Outcome == OwnerOutcome.Failed) ? OperationOutcome.Partial : OperationOutcome.Succeeded,
            Owners = reports,
            Notes = Notes,
        };
    }

    private async Task<BackupReport> TransferAllAsync(List<BackupRun> asked, RepositoryWriterLock writerLock, RestoreResume earlier)
    {
        await using BackupSetWriter writer = request.Repository.BeginSet(writerLock, new NewBackupSet { CopyOnly = request.CopyOnly, Host = request.Host, Tags = request.Tags });
        foreach (BackupRun run in OwnerGraph.BackupOrder(asked, r => r.Owner))
        {
            await run.Ready;
            await run.TransferAsync(writer);
        }

        // One that is still preparing is terminated instead.
        _runs.FindAll(r => r.IsHelper && r.Ready.IsCompleted).ForEach(h => h.Finish());
        OperationOutcome outcome = Outcome(asked);
        BackupSet? set = asked.Exists(r => r.Failure is null && r.HasData)
            ? await writer.CommitAsync(Stored(outcome), new CommitProgress(this), Abort)
            : null;
        Dictionary<uint, OwnerPart> stored = set?.Parts.ToDictionary(p => p.Sid) ?? [];
        return new BackupReport
        {
            Set = set,
            SetId = set?.Id,
            Bytes = set?.Bytes ?? 0,
            StoredBytes = set?.StoredBytes ?? 0,
            ReadBack = set?.ReadBack,
            Type = set?.Type == SetType.Increment ? BackupIncType.Increment : BackupIncType.Base,
            Outcome = earlier.Failed.Count > 0 ? OperationOutcome.Failed : outcome,
            Owners = [.. asked.Select(r => r.Report(stored.GetValueOrDefault(r.Owner.Registration.Sid.Value)))],
        };
    }

    private static OperationOutcome Outcome(List<BackupRun> runs) =>
        runs.Exists(r => r.Outcome == OwnerOutcome.Failed && r.Owner.Registration.Policy == OwnerPolicy.Required) ? OperationOutcome.Failed
        : runs.Exists(r => r.Outcome != OwnerOutcome.Succeeded) ? OperationOutcome.Partial : OperationOutcome.Succeeded;

    private static SetOutcome Stored(OperationOutcome outcome) => outcome switch
    {
        OperationOutcome.Succeeded => SetOutcome.Succeeded,
        OperationOutcome.Partial => SetOutcome.Partial,
        _ => SetOutcome.Failed,
    };

    /// <summary>Passes the repository's phases on, synchronously.</summary>
    private sealed class CommitProgress(BackupOperation operation) : IProgress<CommitPhase>
    {
        public void Report(CommitPhase value) => operation.Report(value switch
        {
            CommitPhase.SegmentsFlushed => OperationPhase.SegmentsFlushed,
            CommitPhase.ReadBack => OperationPhase.ReadBack,
            CommitPhase.ManifestWritten => OperationPhase.ManifestWritten,
            CommitPhase.Renamed => OperationPhase.Renamed,
            _ => OperationPhase.Indexed,
        });
    }
}
