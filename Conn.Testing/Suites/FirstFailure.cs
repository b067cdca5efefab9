namespace Conn.Testing.Suites;

/// <summary>The first of the first tests that fails: it is reported once, and every other test is skipped and names it.</summary>
/// <param name="Test">Its name.</param>
/// <param name="Cause">What it threw.</param>
internal sealed record FirstFailure(string Test, Exception Cause);
