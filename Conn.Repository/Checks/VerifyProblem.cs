namespace Conn.Repository.Checks;

/// <summary>Represents something in a repository that does not match.</summary>
/// <param name="Set">Id of the set, the name of its folder if the id cannot be read, or <c>repository</c>.</param>
/// <param name="Owner">Name of the owner, or null.</param>
/// <param name="What">What is wrong, and where.</param>
public sealed record VerifyProblem(string Set, string? Owner, string What);
