namespace Conn.Repository.Checks;

/// <summary>Something in the repository that does not match.</summary>
/// <param name="Set">Id of the set (or its folder's name, where the id cannot be known), or <c>repository</c>.</param>
/// <param name="Owner">Name of the owner, or null.</param>
/// <param name="What">What is wrong, and where.</param>
public sealed record VerifyProblem(string Set, string? Owner, string What);
