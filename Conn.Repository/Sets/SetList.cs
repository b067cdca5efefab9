using System.Collections;

namespace Conn.Repository.Sets;

/// <summary>Represents the committed sets by rising sequence, and the problems that were found while listing them. Immutable.</summary>
/// <remarks>Hidden sets are not enumerated, so nothing chooses one by itself. They are in <see cref="Hidden"/>, and <see cref="Find"/> finds them by their id.</remarks>
public sealed class SetList : IReadOnlyList<BackupSet>
{
    private readonly IReadOnlyList<BackupSet> _sets;
    private readonly Dictionary<SetId, BackupSet> _all;

    internal SetList(IReadOnlyList<BackupSet> sets, IReadOnlyList<SetProblem> problems, MarkCatalog? marks = null)
    {
        All = sets;
        MarkCatalog = marks ?? MarkCatalog.None;
        Problems = problems;
        _sets = [.. sets.Where(set => !MarkCatalog.IsHidden(set.Id))];
        Hidden = [.. sets.Where(set => MarkCatalog.IsHidden(set.Id))];
        _all = new Dictionary<SetId, BackupSet>(sets.Count);
        foreach (BackupSet set in sets)
        {
            _all.TryAdd(set.Id, set);
        }
    }

    /// <summary>Gets the hidden sets by rising sequence: a prune hid them, and a later one deletes them. Usually empty.</summary>
    public IReadOnlyList<BackupSet> Hidden { get; }

    /// <summary>All sets by rising sequence, hidden ones included.</summary>
    internal IReadOnlyList<BackupSet> All { get; }

    internal MarkCatalog MarkCatalog { get; }

    /// <summary>Gets the problems of the index, and of sets that are therefore not in the list. Usually empty.</summary>
    public IReadOnlyList<SetProblem> Problems { get; }

    /// <inheritdoc/>
    public int Count => _sets.Count;

    /// <inheritdoc/>
    public BackupSet this[int index] => _sets[index];

    /// <summary>Finds the set of an id, also a hidden one.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The set, or null.</returns>
    public BackupSet? Find(SetId id) => _all.GetValueOrDefault(id);

    /// <summary>Gets the mark of a set.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The mark, or null if the set has none.</returns>
    public SetMark? MarkOf(SetId id) => MarkCatalog.Marks.GetValueOrDefault(id);

    /// <summary>Finds the newest set that stored all of the owners.</summary>
    /// <param name="sids">Secure ids of the owners; with none, the newest set.</param>
    /// <returns>The set, or null.</returns>
    /// <exception cref="RepositoryException">Damaged: a newer set cannot be read and may be the one; see <see cref="Problems"/>. To go back to an older set is the
    /// user's choice.</exception>
    public BackupSet? FindNewest(IReadOnlyCollection<uint> sids)
    {
        ArgumentNullException.ThrowIfNull(sids);
        BackupSet? newest = _sets.LastOrDefault(set => sids.All(sid => set.Part(sid) is { IsStored: true }));
        return Problems.FirstOrDefault(problem => problem.Sequence > (newest?.Sequence ?? 0)) is { } problem
            ? throw new RepositoryException(
                RepositoryFailure.Damaged,
                $"Which set is the newest cannot be said: {problem.Set}: {problem.What} Verify the repository, and name a set by its id.",
                problem.Set)
            : newest;
    }

    /// <inheritdoc/>
    public IEnumerator<BackupSet> GetEnumerator() => _sets.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
