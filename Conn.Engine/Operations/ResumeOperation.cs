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
    private readonly List<SecureId> _gone = [];
    private readonly HashSet<SecureId> _older = [];
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
                if (part?.DataVersion > owner.Registration.DataVersion)
                {
                    _older.Add(owner.Registration.Sid);
                    _notes.Add($"Owner {owner.Name}: the restore of set {pending.Set} that an earlier run had decided is of version {part.DataVersion} of its data, and the owner registered knows "
                        + $"versions up to {owner.Registration.DataVersion}; run it once with a newer version of the owner, or restore an older set in place.");
                    continue;
                }

                owners.Add((pending, new OwnerRestore(this, _repository, owner, pending.Set, part is null ? [] : [part]) { Resumes = true }));
            }
        }

        StillPending = owners.Select(o => o.Run.Owner.Registration.Sid).Concat(_older).ToHashSet();
        if (owners.Count == 0)
        {
            return Report([]);
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

        return Report(owners.Where(o => !o.Run.Completed).Select(o => o.Run.Owner.Registration.Sid));
    }

    private ResumeReport Report(IEnumerable<SecureId> failed) => new(_notes, failed.Concat(_older).ToHashSet(),
        _record.Owners.Where(o => !o.Completed).Select(o => new SecureId(o.Sid)).Except(_gone).ToHashSet(), [.. _gone.Select(o => (_record, o))]);

    /// <summary>Done; or named as never to be done, when what was staged is gone or damaged; or left for the next run.</summary>
    private async Task CloseAsync(OwnerRestore run)
    {
        bool gone = run.Failure is { } failure && (failure.Code == ErrorCode.NotFound || failure.Code == ErrorCode.Corrupt);
        _notes.Add($"Owner {run.Owner.Name}: the restore of set {run.Set} that an earlier run had decided " + (run.Completed ? "was rolled forward."
            : gone ? $"cannot be rolled forward: {run.Failure!.Message} Restore it again." : $"could not be rolled forward now: {run.Failure?.Message} The next run tries again."));
        if (gone)
        {
            _gone.Add(run.Owner.Registration.Sid);
        }

        if (run.Completed)
        {
            _record = await _repository.CompleteRestoreOwnerAsync(_writerLock, _record, run.Owner.Registration.Sid.Value, CancellationToken.None);
        }
    }
}
