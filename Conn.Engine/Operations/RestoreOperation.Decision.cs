using Conn.Engine.Reports;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Restores;

namespace Conn.Engine.Operations;

/// <content>The decision, and what follows from it whatever happens.</content>
internal sealed partial class RestoreOperation
{
    /// <summary>The storage failed while it was being decided, and nobody can see whether it is.</summary>
    private bool _isUnseen;

    /// <summary>Nothing is rolled forward by a restore to another place, and what is decided and waits for it must stay all the same.</summary>
    private async Task<IReadOnlySet<SecureId>> PendingAsync() => (await _request.Repository.ListPendingRestoresAsync(Abort))
        .SelectMany(r => r.Owners.Where(o => !o.Completed).Select(o => new SecureId(o.Sid))).ToHashSet();

    private async Task CommitAsync(List<OwnerRestore> owners, RepositoryWriterLock? writerLock)
    {
        Abort.ThrowIfCancellationRequested();
        List<OwnerRestore> complete = [.. owners.Where(o => o.Failure is null)];
        List<OwnerRestore> deciding = [.. complete.Where(o => o.Prepared.Count > 0)];
        RestoreRecord? record = writerLock is null || deciding.Count == 0 ? null : await DecideAsync(writerLock, new NewRestoreRecord
        {
            Owners = [.. deciding.Select(o => new RestoreOwner
            {
                Name = o.Owner.Name, Sid = o.Owner.Registration.Sid.Value, Set = o.Set, Drives = o.Prepared, ChangesParent = o.Part is { Drives.Count: > 0 },
            })],
        });
        if (_isUnseen)
        {
            await KeepAsync(deciding);
            return;
        }

        _committed = true;
        Report(OperationPhase.Committed);
        if (record is not null)
        {
            await SupersedeAsync(record, writerLock!);
        }

        foreach (OwnerRestore owner in complete)
        {
            await owner.CompleteAsync(_request.Checksums);
            if (owner.Completed && record is not null && owner.Prepared.Count > 0)
            {
                record = await RecordAsync(owner, record, writerLock!);
            }
        }

        Report(OperationPhase.RecordClosed);
    }

    /// <summary>
    /// Makes the decision durable. A storage that fails after that has decided all the same, and one that cannot tell afterwards may have: nothing may be
    /// dropped then. Null in the second case.
    /// </summary>
    private async Task<RestoreRecord?> DecideAsync(RepositoryWriterLock writerLock, NewRestoreRecord decision)
    {
        HashSet<long> before = [.. (await _request.Repository.ListPendingRestoresAsync(Abort)).Select(r => r.Number)];
        try
        {
            return await _request.Repository.CommitRestoreAsync(writerLock, decision, Abort);
        }
        catch (RepositoryException e)
        {
            RestoreRecord? decided = await SeeAsync(writerLock, before, e);
            if (decided is null && !_isUnseen)
            {
                throw;
            }

            return decided;
        }
    }

    /// <summary>Looks after a failure whether it is decided, and makes it durable if so; when the storage does neither, nobody knows, and that is said.</summary>
    private async Task<RestoreRecord?> SeeAsync(RepositoryWriterLock writerLock, HashSet<long> before, RepositoryException failure)
    {
        try
        {
            IReadOnlyList<RestoreRecord> now = await _request.Repository.ListPendingRestoresAsync(CancellationToken.None);
            RestoreRecord? decided = now.FirstOrDefault(r => !before.Contains(r.Number));
            if (decided is not null)
            {
                await _request.Repository.FlushRestoresAsync(writerLock, CancellationToken.None);
                _notes.Add($"The storage failed after the restore was decided; it is carried through: {failure.Message}");
            }

            return decided;
        }
        catch (RepositoryException e)
        {
            _isUnseen = true;
            _notes.Add($"The storage failed while the restore was being decided ({failure.Message}), and does not tell whether it is ({e.Message}). Nothing is in place yet. "
                + "What the owners have prepared is kept, and the next run settles it: the restore is carried through, or what is kept is removed.");
            return null;
        }
    }

    /// <summary>Who has prepared takes it up as decided: the Terminate that follows lets go of it and keeps it.</summary>
    private async Task KeepAsync(List<OwnerRestore> prepared)
    {
        foreach (OwnerRestore owner in prepared)
        {
            await owner.KeepAsync();
            if (owner.Failure is { } failure)
            {
                _notes.Add($"Owner {owner.Owner.Name} may not have kept what it had prepared: {failure.Message} If the next run cannot carry the restore through for it, restore it again.");
            }
        }
    }

    /// <summary>What an earlier run had decided for the same owners, and not finished, must not come over what is decided now.</summary>
    private async Task SupersedeAsync(RestoreRecord decided, RepositoryWriterLock writerLock)
    {
        try
        {
            foreach (RestoreRecord earlier in await _request.Repository.ListPendingRestoresAsync(CancellationToken.None))
            {
                RestoreRecord open = earlier;
                foreach (RestoreOwner owner in earlier.Owners.Where(o => earlier.Number < decided.Number && !o.Completed && decided.Owners.Any(d => d.Sid == o.Sid)))
                {
                    open = await _request.Repository.CompleteRestoreOwnerAsync(writerLock, open, owner.Sid, CancellationToken.None);
                    _notes.Add($"Owner {owner.Name}: the restore of set {owner.Set} that an earlier run had decided is replaced by this one.");
                }
            }
        }
        catch (RepositoryException e)
        {
            _notes.Add($"An earlier restore of the same owners is decided, and that this one replaces it could not be recorded: {e.Message} Restore again before anything else.");
        }
    }

    /// <summary>Records that an owner is in place. A storage that fails here must not keep the others from being put in place.</summary>
    private async Task<RestoreRecord> RecordAsync(OwnerRestore owner, RestoreRecord record, RepositoryWriterLock writerLock)
    {
        try
        {
            return await _request.Repository.CompleteRestoreOwnerAsync(writerLock, record, owner.Owner.Registration.Sid.Value, CancellationToken.None);
        }
        catch (RepositoryException e)
        {
            _notes.Add($"Owner {owner.Owner.Name} is in place, and that could not be recorded: {e.Message} The next run records it.");
            return record;
        }
    }
}
