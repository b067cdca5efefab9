using Conn.PubSub.Security;
using Conn.Repository.Restores;

namespace Conn.Engine.Operations;

/// <summary>What became of restores that an earlier run had decided and not finished.</summary>
/// <param name="Notes">One sentence for each owner.</param>
/// <param name="Failed">Owners registered in this run that could not be rolled forward.</param>
/// <param name="StillPending">Owners of whom a decided restore still waits to be rolled forward.</param>
/// <param name="Gone">What can never be rolled forward. Closed only when the notes have reached somebody, as part of a report.</param>
internal sealed record ResumeReport(
    IReadOnlyList<string> Notes, IReadOnlySet<SecureId> Failed, IReadOnlySet<SecureId> StillPending, IReadOnlyList<(RestoreRecord Record, SecureId Owner)> Gone);
