using Conn.Engine.Modes;
using Conn.Engine.Sessions;
using Conn.PubSub;
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
            if (Owners.FirstOrDefault(o => o.Registration.Sid.Value == pending.Sid) is { } owner && sets.Find(pending.Set)?.Part(pending.Sid) is { } part)
            {
                owners.Add((pending, new OwnerRestore(this, _repository, owner, [part])));
            }
        }

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

        return new ResumeReport(_notes, owners.Any(o => !o.Run.Completed));
    }

    /// <summary>Done, or named as not to be done: what is staged is gone or damaged, and asking again would change nothing.</summary>
    private async Task CloseAsync(OwnerRestore run)
    {
        _notes.Add(run.Completed
            ? $"Owner {run.Owner.Name}: the restore of set {run.Part.Set} that an earlier run had decided was rolled forward."
            : $"Owner {run.Owner.Name}: the restore of set {run.Part.Set} that an earlier run had decided cannot be rolled forward: {run.Failure?.Message} Restore it again.");
        if (run.Completed || run.Failure is { IsTransient: false })
        {
            _record = await _repository.CompleteRestoreOwnerAsync(_writerLock, _record, run.Owner.Registration.Sid.Value, CancellationToken.None);
        }
    }
}
