using Conn.Engine.Modes;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Rolls forward the restores that earlier runs committed and did not finish, as far as their owners are registered. A part of every operation that
/// writes.</summary>
internal sealed class RestoreResume(Operation operation, BackupRepository repository, RepositoryWriterLock writerLock)
{
    private const string Warning = "WARNING:";
    private readonly List<(RestoreRecord Record, SecureId Owner)> _lost = [];
    private readonly HashSet<SecureId> _failed = [];
    private readonly HashSet<SecureId> _pending = [];

    /// <summary>Registered owners that could not be rolled forward.</summary>
    public IReadOnlySet<SecureId> Failed => _failed;

    /// <summary>Rolls forward what can be; afterwards the operation knows which owners still wait.</summary>
    public async Task RunAsync()
    {
        foreach (RestoreRecord record in await repository.Restores.ListPendingAsync(operation.Abort))
        {
            await ResumeAsync(record);
        }

        operation.Pending = _pending;
    }

    /// <summary>Closes what can never be rolled forward. Only now, when a report names it.</summary>
    public async Task CloseLostAsync()
    {
        foreach ((RestoreRecord record, SecureId owner) in _lost)
        {
            await operation.NoteFailureAsync(async () => await repository.Restores.CompleteOwnerAsync(writerLock, record, owner.Value, CancellationToken.None),
                $"That the restore {record.Id} cannot be rolled forward for {owner} could not be recorded; the next run reports it again");
        }
    }

    private async Task ResumeAsync(RestoreRecord record)
    {
        SetList sets = await repository.ListSetsAsync(operation.Abort);
        List<(RestoreOwner Pending, RestoreRun Run)> runs = [];
        HashSet<SecureId> waiting = [];
        foreach (RestoreOwner pending in record.Owners.Where(o => !o.Completed))
        {
            waiting.Add(new SecureId(pending.Sid));
            if (operation.Engine.Owners.Find(new SecureId(pending.Sid)) is not { } owner)
            {
                operation.Notes.Add($"Owner {pending.Name}: the restore of set {pending.Set} is committed and not finished; name this owner in a run to roll it forward.");
            }
            else if (sets.Find(pending.Set)?.Part(pending.Sid) is { } part && part.DataVersion > owner.Registration.DataVersion)
            {
                _failed.Add(owner.Registration.Sid);
                operation.Notes.Add($"Owner {owner.Name}: the restore of set {pending.Set} that an earlier run had committed is of version {part.DataVersion} of its data, "
                    + $"and the owner registered knows versions up to {owner.Registration.DataVersion}; run it once with a newer version of the owner, or restore an older set in place.");
            }
            else
            {
                OwnerPart? stored = sets.Find(pending.Set)?.Part(pending.Sid);
                runs.Add((pending, new RestoreRun(operation, repository, owner, pending.Set, stored is null ? [] : [stored], operation.Abort)
                {
                    Resumes = true, MayBeCommitted = static () => true,
                }));
            }
        }

        if (runs.Count > 0)
        {
            operation.Pending = waiting;
            await ResumeInModeAsync(record, runs, waiting);
        }

        _pending.UnionWith(waiting);
    }

    private async Task ResumeInModeAsync(RestoreRecord record, List<(RestoreOwner Pending, RestoreRun Run)> runs, HashSet<SecureId> waiting)
    {
        List<RestoreRun> taking = [.. runs.Select(r => r.Run)];
        try
        {
            await operation.EnterModeAsync(taking, BurModeEvent.StartRestoreFull, BurModeEvent.StartRestorePartial, BackupIncType.None, forcePartial: false);
            await Task.WhenAll(operation.Begin(taking));
            foreach ((RestoreOwner pending, RestoreRun run) in runs)
            {
                await run.ResumeAsync(pending.Drives, operation.Abort);
                await run.CompleteAsync(checksums: false);
                record = await CloseAsync(run, record, waiting);
            }
        }
        finally
        {
            await operation.LeaveModeAsync(taking);
        }
    }

    /// <summary>Names the owner of a remark. A warning begins with its word all the same: programs look for it there.</summary>
    private static string Named(string owner, string remark) => remark.StartsWith(Warning, StringComparison.Ordinal)
        ? $"{Warning} Owner {owner}: {remark[Warning.Length..].TrimStart()}" : $"Owner {owner}: {remark}";

    /// <summary>Completed; or named as lost, when what was staged is gone or damaged; or left for the next run.</summary>
    private async Task<RestoreRecord> CloseAsync(RestoreRun run, RestoreRecord record, HashSet<SecureId> waiting)
    {
        SecureId sid = run.Owner.Registration.Sid;
        operation.Notes.AddRange(run.Remarks.Select(r => Named(run.Owner.Name, r)));
        string subject = $"Owner {run.Owner.Name}: the restore of set {run.Set} that an earlier run had committed";
        if (run.Failure is null)
        {
            operation.Notes.Add($"{subject} was rolled forward.");
            waiting.Remove(sid);
            return await repository.Restores.CompleteOwnerAsync(writerLock, record, sid.Value, CancellationToken.None);
        }

        _failed.Add(sid);
        if (run.Failure.Code == ErrorCode.NotFound || run.Failure.Code == ErrorCode.Corrupt)
        {
            operation.Notes.Add($"{subject} cannot be rolled forward: {run.Failure.Message} Restore it again.");
            _lost.Add((record, sid));
            waiting.Remove(sid);
        }
        else
        {
            operation.Notes.Add($"{subject} could not be rolled forward now: {run.Failure.Message} The next run tries again.");
        }

        return record;
    }
}
