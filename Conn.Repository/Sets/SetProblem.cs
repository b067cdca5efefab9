namespace Conn.Repository.Sets;

/// <summary>Why something could not be listed.</summary>
/// <param name="Set">Id (or folder name, where the id cannot be read) of the set, or <c>repository</c>.</param>
/// <param name="What">What is wrong.</param>
public sealed record SetProblem(string Set, string What);
