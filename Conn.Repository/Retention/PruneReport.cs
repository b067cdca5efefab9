namespace Conn.Repository.Retention;

/// <summary>Represents what a prune did.</summary>
/// <param name="Plan">What was hidden and deleted, and why the other sets are kept.</param>
/// <param name="Notes">Remarks, for example that files could not be deleted yet. Usually empty.</param>
public sealed record PruneReport(RetentionPlan Plan, IReadOnlyList<string> Notes);
