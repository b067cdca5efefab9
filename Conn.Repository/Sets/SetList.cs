using System.Collections;

namespace Conn.Repository.Sets;

/// <summary>Represents the committed sets by rising sequence, and the problems that were found while listing them. Immutable.</summary>
public sealed class SetList : IReadOnlyList<BackupSet>
{
    private readonly IReadOnlyList<BackupSet> _sets;

    internal SetList(IReadOnlyList<BackupSet> sets, IReadOnlyList<SetProblem> problems)
    {
        _sets = sets;
        Problems = problems;
    }

    /// <summary>Gets the problems of the index, and of sets that are therefore not in the list. Usually empty.</summary>
    public IReadOnlyList<SetProblem> Problems { get; }

    /// <inheritdoc/>
    public int Count => _sets.Count;

    /// <inheritdoc/>
    public BackupSet this[int index] => _sets[index];

    /// <summary>Finds the set of an id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The set, or null.</returns>
    public BackupSet? Find(SetId id) => _sets.FirstOrDefault(set => set.Id == id);

    /// <inheritdoc/>
    public IEnumerator<BackupSet> GetEnumerator() => _sets.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
