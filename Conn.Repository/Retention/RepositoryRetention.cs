using Conn.Repository.Checks;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Retention;

/// <summary>Removes sets by a policy, and holds sets; get it from <see cref="BackupRepository.Retention"/>.</summary>
/// <remarks>
/// Sets are removed in two steps. A prune hides a set: it is not listed any more and no increment continues it, but by its id it can be read. A later prune deletes
/// it when the grace period is over. Readers take no lock, so the grace period is what protects a restore that runs beside a prune. Safe for several threads, one
/// change at a time.
/// </remarks>
public sealed class RepositoryRetention
{
    private readonly BackupRepository _repository;

    internal RepositoryRetention(BackupRepository repository) => _repository = repository;

    private IRepositoryStorage Storage => _repository.Storage;

    /// <summary>Makes the plan of a prune. Takes no lock and changes nothing.</summary>
    /// <param name="request">What is kept.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentException">The policy keeps nothing, or a member is out of range.</exception>
    /// <exception cref="RepositoryException">Damaged, Io: a set cannot be read, so what it needs is not known. NewerFormat, NotPermitted; NoRepository, Foreign: it is not
    /// there any more.</exception>
    public async ValueTask<RetentionPlan> PlanAsync(RetentionRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate(nameof(request));
        SetCatalog catalog = await _repository.ReadCurrentCatalogAsync(cancellationToken);
        RetentionPlan plan = new RetentionPlanning(
            catalog, await _repository.Restores.ListPendingAsync(cancellationToken), request, _repository.Options.TimeProvider.GetUtcNow()).Make();
        try
        {
            // A set that cannot be restored must not be the reason why a good one goes.
            await SetFiles.RequireChainsAsync(_repository.Storage, catalog.Sets,
                plan.Sets.Where(static set => set.IsKept).SelectMany(static set => set.Set.Parts.Where(part => part.IsStored && set.Keeps(part))), cancellationToken);
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.ChainBroken)
        {
            throw new RepositoryException(RepositoryFailure.Damaged,
                $"Nothing was pruned, because set {error.Set} cannot be restored: {error.Message} Verify the repository, and mend that set or forget it first.", error.Set, error);
        }

        return plan;
    }

    /// <summary>Deletes the hidden sets whose grace period is over, and hides those that the policy does not keep.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="request">What is kept.</param>
    /// <param name="cancellationToken">Cancels the call before something is deleted, and between deleting and hiding.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="ArgumentException">The policy keeps nothing, or a member is out of range.</exception>
    /// <exception cref="InvalidOperationException">A set is being written with the lock, or an earlier commit with it failed.</exception>
    /// <exception cref="RepositoryException">As for <see cref="PlanAsync"/>; DiskFull. What was hidden or deleted before the failure stays so; every other set is
    /// whole.</exception>
    public async ValueTask<PruneReport> PruneAsync(RepositoryWriterLock writerLock, RetentionRequest request, CancellationToken cancellationToken = default)
    {
        Require(writerLock);
        RetentionPlan plan = await PlanAsync(request, cancellationToken);
        List<string> notes = [];
        await DeleteAsync(plan.All, [.. plan.Hidden.Where(static set => set.IsDue).Select(static set => NameOf(set.Set))], notes, cancellationToken);
        await WriteAsync([.. plan.Sets.Where(static set => !set.IsKept).Select(set => MarkOf(set.Set) with { Kind = SetMarkKind.Hidden, Time = plan.Now, Why = "" })], cancellationToken);
        await _repository.Catalog.ReadAsync(CancellationToken.None);
        return new PruneReport(plan, notes);
    }

    /// <summary>Brings all hidden sets back.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="cancellationToken">Cancels the call; some sets may be back then.</param>
    /// <returns>The sets that were hidden, by rising sequence.</returns>
    /// <exception cref="InvalidOperationException">A set is being written with the lock, or an earlier commit with it failed.</exception>
    /// <exception cref="RepositoryException">NewerFormat, NotPermitted, Io.</exception>
    public async ValueTask<IReadOnlyList<BackupSet>> UndoAsync(RepositoryWriterLock writerLock, CancellationToken cancellationToken = default)
    {
        Require(writerLock);
        IReadOnlyList<BackupSet> hidden = (await _repository.ListSetsAsync(cancellationToken)).Hidden;
        if (hidden.Count > 0)
        {
            await RemoveMarksAsync(hidden, cancellationToken);
            await _repository.Catalog.ReadAsync(cancellationToken);
        }

        return hidden;
    }

    /// <summary>Removes a set that cannot be restored, at once: its files are damaged or missing, and while it is listed nothing is pruned. What continues it cannot be restored
    /// either, and is pruned with it.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="set">The set, as a problem names it.</param>
    /// <param name="cancellationToken">Cancels the call before the set is removed.</param>
    /// <returns>What could not be done yet, as sentences. Usually empty.</returns>
    /// <exception cref="InvalidOperationException">A set is being written with the lock, or an earlier commit with it failed.</exception>
    /// <exception cref="RepositoryException">NoSuchSet: neither the index nor the folder of sets has it. NotPermitted: it is whole, and only a policy removes it; or it is the
    /// newest set, from which an index that is rebuilt learns which sequences were used. DiskFull, Io.</exception>
    public async ValueTask<IReadOnlyList<string>> ForgetAsync(RepositoryWriterLock writerLock, SetId set, CancellationToken cancellationToken = default)
    {
        Require(writerLock);
        SetCatalog catalog = await _repository.Catalog.ReadAsync(cancellationToken);
        NumberedId name = catalog.Index.Sets.Where(listed => listed.Id == set).Select(static listed => new NumberedId(listed.Sequence, listed.Id))
            .Concat(catalog.Sets.Problems.Where(problem => problem.Set == set.Text && problem.Sequence > 0).Select(problem => new NumberedId(problem.Sequence, set)))
            .Cast<NumberedId?>().FirstOrDefault() ?? throw new RepositoryException(RepositoryFailure.NoSuchSet, $"The repository at {Storage.Place} has no set {set}.", set.Text);
        if (name.Number >= catalog.Index.LastSequence)
        {
            throw new RepositoryException(RepositoryFailure.NotPermitted, $"Set {set} is the newest one, and its number must stay known. Make a backup first.", set.Text);
        }

        if (catalog.Sets.Find(set) is { } found && await IsWholeAsync(found, cancellationToken)
            && (await RepositoryVerifier.VerifyAsync(_repository, set, cancellationToken: cancellationToken)).Problems.All(problem => problem.Set != set.Text))
        {
            throw new RepositoryException(RepositoryFailure.NotPermitted, $"Set {set} is whole: only a prune by a policy removes it.", set.Text);
        }

        List<string> notes = [];
        await DeleteAsync(catalog.Sets, [name], notes, cancellationToken);
        await _repository.Catalog.ReadAsync(CancellationToken.None);
        return notes;
    }

    /// <summary>Holds a set: no prune hides it until it is released. A hidden set is brought back.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="set">The set.</param>
    /// <param name="why">Why it is held, at most <see cref="SetMark.MaxWhyLength"/> characters; empty for no reason. It replaces an earlier one.</param>
    /// <param name="cancellationToken">Cancels the call before the set is held.</param>
    /// <returns>The mark.</returns>
    /// <exception cref="ArgumentException"><paramref name="why"/> is too long or not valid Unicode.</exception>
    /// <exception cref="InvalidOperationException">A set is being written with the lock, or an earlier commit with it failed.</exception>
    /// <exception cref="RepositoryException">NoSuchSet; DiskFull, NotPermitted, Io.</exception>
    public async ValueTask<SetMark> HoldAsync(RepositoryWriterLock writerLock, SetId set, string why = "", CancellationToken cancellationToken = default)
    {
        Require(writerLock);
        StoredText.Require(why, 0, SetMark.MaxWhyLength, nameof(why), nameof(why));
        BackupSet found = await FindAsync(set, cancellationToken);
        SetMark mark = MarkOf(found) with { Kind = SetMarkKind.Held, Time = _repository.Options.TimeProvider.GetUtcNow(), Why = why };
        await WriteAsync([mark], cancellationToken);
        await ListHeldAsync(found, isHeld: true, cancellationToken);
        await _repository.Catalog.ReadAsync(CancellationToken.None);
        return mark;
    }

    /// <summary>Releases a set that is held. A mark that cannot be read is removed too, and a hold whose mark was lost is forgotten.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="set">The set.</param>
    /// <param name="cancellationToken">Cancels the call before the set is released.</param>
    /// <returns>False if the set was not held.</returns>
    /// <exception cref="InvalidOperationException">A set is being written with the lock, or an earlier commit with it failed.</exception>
    /// <exception cref="RepositoryException">NoSuchSet; NotPermitted, Io.</exception>
    public async ValueTask<bool> ReleaseAsync(RepositoryWriterLock writerLock, SetId set, CancellationToken cancellationToken = default)
    {
        Require(writerLock);
        BackupSet found = await FindAsync(set, cancellationToken);
        MarkCatalog marks = (await _repository.ListSetsAsync(cancellationToken)).MarkCatalog;
        if (!marks.Unreadable.Contains(set) && marks.Marks.GetValueOrDefault(set) is not { Kind: SetMarkKind.Held })
        {
            return false;
        }

        await ListHeldAsync(found, isHeld: false, cancellationToken);
        await RemoveMarksAsync([found], cancellationToken);
        await _repository.Catalog.ReadAsync(CancellationToken.None);
        return true;
    }

    private static NumberedId NameOf(BackupSet set) => new(set.Sequence, set.Id);

    /// <summary>The mark with which a set is marked next: what is known of its parts stays.</summary>
    private static SetMark MarkOf(BackupSet set) => new()
    {
        Set = set.Id,
        Sequence = set.Sequence,
        Kind = SetMarkKind.None,
        Time = default,
        Pruned = [.. set.Parts.Where(static part => part.IsPruned).Select(static part => part.Sid).Order()],
    };

    private void Require(RepositoryWriterLock writerLock)
    {
        ArgumentNullException.ThrowIfNull(writerLock);
        writerLock.Require(_repository);
        writerLock.RequireKnownState();
        if (writerLock.IsWritingSet)
        {
            throw new InvalidOperationException("A set is being written with this lock; dispose its writer first.");
        }
    }

    private async ValueTask<bool> IsWholeAsync(BackupSet set, CancellationToken cancellationToken)
    {
        try
        {
            await SetFiles.RequireCompleteAsync(Storage, set, cancellationToken);
            return true;
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
        {
            return false;
        }
    }

    private async ValueTask<BackupSet> FindAsync(SetId set, CancellationToken cancellationToken) =>
        (await _repository.ListSetsAsync(cancellationToken)).Find(set)
            ?? throw new RepositoryException(RepositoryFailure.NoSuchSet, $"The repository at {Storage.Place} lists no set {set}.", set.Text);

    private async ValueTask DeleteAsync(SetList all, IReadOnlyCollection<NumberedId> sets, List<string> notes, CancellationToken cancellationToken)
    {
        if (sets.Count == 0)
        {
            return;
        }

        await MarkPrunedAsync(all, [.. sets.Select(static set => set.Id)], cancellationToken);
        IndexRecord index = await SetRemoval.CommitAsync(_repository, sets, cancellationToken);
        try
        {
            await SetRemoval.CompleteAsync(_repository, index, CancellationToken.None);
        }
        catch (RepositoryException error)
        {
            // The sets are removed already; what is left of them is not the repository's any more.
            notes.Add($"WARNING: The sets were removed, and not all of their files could be deleted yet: {error.Message} The next writer deletes them.");
        }
    }

    // The index lists which sets are held, after their mark is written and before it is removed: a hold is kept when this is cut off anywhere.
    private async ValueTask ListHeldAsync(BackupSet set, bool isHeld, CancellationToken cancellationToken)
    {
        IndexRecord index = await _repository.Catalog.ReadIndexAsync(cancellationToken);
        if (index.Held.Contains(NameOf(set)) != isHeld)
        {
            IEnumerable<NumberedId> others = index.Held.Where(held => held != NameOf(set));
            index = index with { Held = [.. (isHeld ? others.Append(NameOf(set)) : others).OrderBy(static held => held.Number)] };
            await RecordFile.PrepareAsync(Storage, RepositoryLayout.IndexFile, index, cancellationToken);
            await RecordFile.PlaceAsync(Storage, "", RepositoryLayout.IndexFile, cancellationToken);
        }
    }

    // Removes what marks say of their sets; a mark that is also about parts stays for them.
    private async ValueTask RemoveMarksAsync(IReadOnlyList<BackupSet> sets, CancellationToken cancellationToken)
    {
        SetMark[] left = [.. sets.Select(MarkOf).Where(static mark => mark.Pruned.Count > 0)];
        await WriteAsync(left, cancellationToken);
        await SetRemoval.DeleteMarksAsync(Storage, sets.ExceptBy(left.Select(static mark => mark.Set), static set => set.Id).Select(NameOf), cancellationToken);
    }

    // A set may be kept for one owner while another owner's part in it loses its chain. That is written down before the chain is deleted, so that nothing takes the
    // part for one that can be restored, or its chain for a damaged one. The sets are those of the plan: in a new list one that cannot be read now would be missing.
    private async ValueTask MarkPrunedAsync(SetList sets, HashSet<SetId> deleted, CancellationToken cancellationToken)
    {
        List<SetMark> marks = [];
        foreach ((BackupSet set, uint[] sids) in PartChains.FindContinuing(
            sets.All.Where(set => !deleted.Contains(set.Id)), part => part.IsPruned || (part.IsStored && part.Parent is { } parent && deleted.Contains(parent))))
        {
            SetMark mark = sets.MarkOf(set.Id) ?? MarkOf(set);
            if (!sids.SequenceEqual(mark.Pruned))
            {
                marks.Add(mark with { Pruned = sids });
            }
        }

        await WriteAsync(marks, cancellationToken);
    }

    // All marks are renamed before the folder is flushed: each is about its set alone, so any of them may survive a power loss.
    private async ValueTask WriteAsync(IReadOnlyList<SetMark> marks, CancellationToken cancellationToken)
    {
        if (marks.Count == 0)
        {
            return;
        }

        if (await Storage.ListAsync(RepositoryLayout.Marks, cancellationToken) is null)
        {
            await ReservedRoom.UseAsync(Storage, () => Storage.CreateFolderAsync(RepositoryLayout.Marks, cancellationToken), cancellationToken);
            await Storage.FlushFolderAsync("", cancellationToken);
        }

        foreach (SetMark mark in marks)
        {
            string path = RepositoryLayout.MarkPath(mark.Sequence, mark.Set);
            await RecordFile.PrepareAsync(Storage, path, new StoredMark(_repository.Identity, mark), cancellationToken);
            await Storage.RenameAsync(path + RepositoryLayout.NewSuffix, path, cancellationToken);
        }

        await Storage.FlushFolderAsync(RepositoryLayout.Marks, cancellationToken);
    }
}
