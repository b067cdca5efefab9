using Conn.Engine.Modes;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Rolls forward the owners of a restore that an earlier run had decided and not finished.</summary>
internal sealed class ResumeOperation : Operation<ResumeReport>
{
    private readonly BackupRepository _repository;
    private readonly RepositoryWriterLock _writerLock;
    private readonly List<string> _notes = [];
    private RestoreRecord _record;

    public ResumeOperation(BackupEngine engine, BackupRepository repository, RepositoryWriterLock writerLock, RestoreRecord record,
        IReadOnlyList<RegisteredOwner> owners, CancellationToken abort)
        : base(engine, $"the rest of restore {record.Id}", owners, abort)
    {
        _repository = repository;
        _writerLock = writerLock;
        _record = record;
    }

    public override async Task<ResumeReport> RunAsync()
    {
        SetList sets = await _repository.ListSetsAsync(Abort);
        List<(RestoreOwner Pending, OwnerRestore Run)> owners = [];
        foreach (RestoreOwner pending in _record.Owners.Where(o => !o.Completed))
        {
            if (Owners.FirstOrDefault(o => o.Registration.Sid.Value == pending.Sid) is { } owner)
            {
                OwnerPart? part = sets.Find(pending.Set)?.Part(pending.Sid);
                owners.Add((pending, new OwnerRestore(this, _repository, owner, pending.Set, part is null ? [] : [part]) { Resumes = true }));
            }
        }

        StillPending = owners.Select(o => o.Run.Owner.Registration.Sid).ToHashSet();

        try
        {
            EnterMode(BurModeEvent.StartRestoreFull, BurModeEvent.StartRestorePartial, BackupIncType.None);
            await Task.WhenAll(owners.Select(o => o.Run.ReadyAsync(Abort)));
            foreach ((RestoreOwner pending, OwnerRestore run) in owners)
            {
                await run.ResumeAsync(pending.Drives, Abort);
                await run.CompleteAsync();
                await CloseAsync(run);
            }
        }
        finally
        {
            await LeaveAsync(owners.Where(o => !o.Run.Completed).Select(o => LetGoAsync(o.Run.Owner, o.Run.Failure, _notes)), _notes);
        }

        return new ResumeReport(_notes, owners.Where(o => !o.Run.Completed).Select(o => o.Run.Owner.Registration.Sid).ToHashSet(),
            _record.Owners.Where(o => !o.Completed).Select(o => new SecureId(o.Sid)).ToHashSet());
    }

    /// <summary>Done; or named as not to be done, when what was staged is gone or damaged; or left for the next run.</summary>
    private async Task CloseAsync(OwnerRestore run)
    {
        bool gone = run.Failure is { } failure && (failure.Code == ErrorCode.NotFound || failure.Code == ErrorCode.Corrupt);
        _notes.Add($"Owner {run.Owner.Name}: the restore of set {run.Set} that an earlier run had decided " + (run.Completed ? "was rolled forward."
            : gone ? $"cannot be rolled forward: {run.Failure!.Message} Restore it again." : $"could not be rolled forward now: {run.Failure?.Message} The next run tries again."));
        if (run.Completed || gone)
        {
            _record = await _repository.CompleteRestoreOwnerAsync(_writerLock, _record, run.Owner.Registration.Sid.Value, CancellationToken.None);
        }
    }
}
