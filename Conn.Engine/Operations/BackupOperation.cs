using Conn.ActiveBackup.Contract;
using Conn.Engine.Modes;
using Conn.Engine.Proxies;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>A backup: owners get ready side by side, hand over their data one after the other, and the set is committed when all of it was read back.</summary>
internal sealed class BackupOperation : Operation<BackupReport>
{
    private readonly BackupRequest _request;
    private readonly List<string> _notes = [];

    public BackupOperation(BackupEngine engine, BackupRequest request, CancellationToken abort)
        : base(engine, request.Holder, engine.Select(request.Owners), abort) => _request = request;

    public int MaxEmptySections => Engine.Options.MaxEmptySections;

    public override async Task<BackupReport> RunAsync()
    {
        Abort.ThrowIfCancellationRequested();
        RepositoryWriterLock writerLock = await _request.Repository.LockForWritingAsync(_request.Holder, Abort);
        try
        {
            _notes.AddRange(writerLock.Notes);
            ResumeReport resumed = await Engine.ResumeAsync(_request.Repository, writerLock, Abort);
            _notes.AddRange(resumed.Notes);
            StillPending = resumed.StillPending;
            BackupReport report = await RunAsync(writerLock, resumed);
            await CloseGoneAsync(_request.Repository, writerLock, resumed, _notes);
            return report;
        }
        finally
        {
            await GiveBackAsync(writerLock, _notes);
        }
    }

    private async Task<BackupReport> RunAsync(RepositoryWriterLock writerLock, ResumeReport resumed)
    {
        SetList sets = await _request.Repository.ListSetsAsync(Abort);
        AskManagers();
        IReadOnlyList<BackupPlan> plans = [.. BackupPlan.Make(Owners, _request, sets).Select(p => p with { Serves = Serves(p.Owner) })];
        Report(OperationPhase.Planned);

        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Abort);
        List<OwnerBackup> owners = [.. plans.Select(p => new OwnerBackup(this, _request, p, stop.Token))];
        List<OwnerBackup> helpers = [.. Helpers.Select(m => new OwnerBackup(this, _request, BackupPlan.ForHelper(m), stop.Token))];
        List<OwnerBackup> all = [.. owners, .. helpers];
        if (all.Exists(o => o.Owner.IsProxied))
        {
            Dictionary<RegisteredOwner, OwnerBackup> runs = all.ToDictionary(o => o.Owner);
            owners.ForEach(o => o.Join(runs));
        }

        List<Task> preparing = [];
        try
        {
            EnterMode(BurModeEvent.StartBackupFull, BurModeEvent.StartBackupPartial,
                plans.Any(p => p.Parent is not null) ? BackupIncType.Increment : BackupIncType.Base);
            preparing.AddRange(all.Select(o => o.Ready));
            return await TransferAllAsync(owners, helpers, writerLock, resumed);
        }
        finally
        {
            stop.Cancel();
            await SettleAsync(preparing);
            await LeaveAsync(all.Where(o => !o.Ended).Select(o => o.LetGoAsync(_notes)), _notes);
        }
    }

    private async Task<BackupReport> TransferAllAsync(List<OwnerBackup> owners, List<OwnerBackup> helpers, RepositoryWriterLock writerLock, ResumeReport resumed)
    {
        await using BackupSetWriter writer = _request.Repository.BeginSet(writerLock, new NewBackupSet { CopyOnly = _request.CopyOnly });
        foreach (OwnerBackup owner in ProxyTransferOrder.Sort(owners))
        {
            await owner.Ready;
            await owner.TransferAsync(writer);
        }

        helpers.ForEach(h => h.Release());

        OperationOutcome outcome = Outcome(owners);
        BackupSet? set = owners.Any(o => o.Failure is null && o.HasData)
            ? await writer.CommitAsync(Stored(outcome), new CommitProgress(this), Abort)
            : null;
        Dictionary<uint, OwnerPart> stored = set?.Parts.ToDictionary(p => p.Sid) ?? [];
        return new BackupReport
        {
            Set = set,
            Type = set?.Type == SetType.Increment ? BackupIncType.Increment : BackupIncType.Base,
            Outcome = resumed.Failed.Count > 0 ? OperationOutcome.Failed : outcome,
            Owners = [.. owners.Select(o => o.Report(stored.GetValueOrDefault(o.Owner.Registration.Sid.Value)))],
            Notes = _notes,
        };
    }

    private static OperationOutcome Outcome(List<OwnerBackup> owners) =>
        owners.Any(o => o.Outcome == OwnerOutcome.Failed && o.Owner.Registration.Policy == OwnerPolicy.Required)
            ? OperationOutcome.Failed
            : owners.Any(o => o.Outcome != OwnerOutcome.Succeeded) ? OperationOutcome.Partial : OperationOutcome.Succeeded;

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
