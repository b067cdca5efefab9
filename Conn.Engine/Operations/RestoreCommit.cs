using Conn.ActiveBackup.Calls;
using Conn.Repository;
using Conn.Repository.Restores;

namespace Conn.Engine.Operations;

/// <summary>The commit of one restore: the durable record that makes it irrevocable, and what is recorded after it.</summary>
/// <remarks>Invariant: once the state is <see cref="CommitState.Committed"/>, no failure of the storage changes the outcome; it becomes a note.</remarks>
/// <param name="repository">Where the record is.</param>
/// <param name="writerLock">The right to write; null for a restore to another place, which needs no record.</param>
/// <param name="operation">The restore, for the notes of its report.</param>
internal sealed class RestoreCommit(BackupRepository repository, RepositoryWriterLock? writerLock, Operation operation)
{
    private HashSet<long> _before = [];
    private RestoreRecord? _record;

    public CommitState State { get; private set; }

    /// <summary>Gets ready to commit: what is read from the storage is read before anything is decided.</summary>
    public async Task PrepareAsync(CancellationToken stop) =>
        _before = writerLock is null ? [] : [.. (await repository.Restores.ListPendingAsync(stop)).Select(r => r.Number)];

    /// <summary>Commits the restore. Without a record to write it is committed at once. From its call on, owners keep what they prepared until the state is
    /// known.</summary>
    /// <exception cref="RepositoryException">The storage failed, and the restore is not committed.</exception>
    /// <exception cref="OperationCanceledException">Stopped before the record counted; the restore is not committed.</exception>
    public async Task WriteAsync(IReadOnlyList<RestoreOwner> owners, CancellationToken stop)
    {
        if (writerLock is null || owners.Count == 0)
        {
            State = CommitState.Committed;
            return;
        }

        State = CommitState.Unknown;
        try
        {
            _record = await repository.Restores.CommitAsync(writerLock, new NewRestoreRecord { Owners = owners }, stop);
            State = CommitState.Committed;
        }
        catch (OperationCanceledException e) when (e.CancellationToken == stop)
        {
            // The repository looks at the token only before the record counts.
            State = CommitState.NotCommitted;
            throw;
        }
#pragma warning disable CA1031 // A storage may throw anything, also after the record counts: what it is, is read back.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await ReadCommitStateAsync(e);
            if (State == CommitState.NotCommitted)
            {
                throw;
            }
        }
    }

    /// <summary>Records that an owner is in place. When the storage fails here, the next run records it.</summary>
    public async Task MarkCompletedAsync(string name, uint sid)
    {
        if (_record?.Owners.Any(o => o.Sid == sid) != true)
        {
            return;
        }

        await operation.NoteFailureAsync(async () => _record = await repository.Restores.CompleteOwnerAsync(writerLock!, _record, sid, CancellationToken.None),
            $"Owner {name} is in place, and that could not be recorded; the next run records it");
    }

    /// <summary>Reads after a failure whether the restore is committed, and makes the record durable if it is there.</summary>
    private async Task ReadCommitStateAsync(Exception failure)
    {
        try
        {
            _record = (await repository.Restores.ListPendingAsync(CancellationToken.None)).FirstOrDefault(r => !_before.Contains(r.Number));
            if (_record is null)
            {
                State = CommitState.NotCommitted;
                return;
            }

            await repository.Restores.FlushAsync(writerLock!, CancellationToken.None);
            State = CommitState.Committed;
            operation.Notes.Add($"The storage failed after the restore was committed; it is carried through: {OwnerCallFailure.MessageOf(failure)}");
        }
#pragma warning disable CA1031 // As above; the state stays unknown.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _record = null;
            operation.Notes.Add($"The storage failed while the restore was committed ({OwnerCallFailure.MessageOf(failure)}), "
                + $"and the commit record cannot be read back ({OwnerCallFailure.MessageOf(e)}). Nothing is in place yet. "
                + "What the owners have prepared is kept, and the next run settles it: the restore is carried through, or what is kept is removed.");
        }
    }
}
