using System.Collections;

namespace Conn.Repository.Sets;

/// <summary>The committed sets in ascending sequence, and what could not be listed. Immutable.</summary>
public sealed class SetList : IReadOnlyList<BackupSet>
{
    private readonly IReadOnlyList<BackupSet> _sets;

    internal SetList(IReadOnlyList<BackupSet> sets, IReadOnlyList<SetProblem> problems)
    {
        _sets = sets;
        Problems = problems;
    }

    /// <summary>What is wrong with the index or with sets that are therefore not in the list. Empty as a rule.</summary>
    public IReadOnlyList<SetProblem> Problems { get; }

    /// <inheritdoc/>
    public int Count => _sets.Count;

    /// <inheritdoc/>
    public BackupSet this[int index] => _sets[index];

    /// <summary>The set of an id, or null.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The set, or null.</returns>
    public BackupSet? Find(SetId id) => _sets.FirstOrDefault(set => set.Id == id);

    /// <inheritdoc/>
    public IEnumerator<BackupSet> GetEnumerator() => _sets.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
