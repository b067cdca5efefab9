namespace Conn.Repository.Sets;

/// <summary>Represents the reason why a set, a restore or the index could not be read.</summary>
/// <param name="Set">Id of the set, the name of its folder if the id cannot be read, or <c>repository</c>.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Sequence">Sequence of the set; 0 if it is unknown. If it is higher than that of every listed set, the newest set cannot be read.</param>
public sealed record SetProblem(string Set, string What, long Sequence = 0)
{
    /// <summary>Gets the kind of the problem: Damaged, the default, or Io when the storage failed and the set may be whole.</summary>
    public RepositoryFailure Failure { get; init; } = RepositoryFailure.Damaged;

    /// <summary>Gets whether the file was written with a key that was replaced; see <see cref="RepositoryException.IsForged"/>.</summary>
    public bool IsForged { get; init; }

    /// <summary>True when the mark of a set cannot be read, and the set itself can.</summary>
    internal bool IsOfMark { get; init; }
}
