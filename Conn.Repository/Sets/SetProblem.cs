namespace Conn.Repository.Sets;

/// <summary>Why something could not be listed.</summary>
/// <param name="Set">Id (or folder name, where the id cannot be read) of the set, or <c>repository</c>.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Sequence">The set's place in the order of sets, where it is known; 0 otherwise. Higher than every listed set's: the newest is the one that cannot be read.</param>
public sealed record SetProblem(string Set, string What, long Sequence = 0);
