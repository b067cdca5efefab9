using Conn.PubSub.Security;

namespace Conn.Engine.Operations;

/// <summary>What became of restores that an earlier run had decided and not finished.</summary>
/// <param name="Notes">One sentence for each owner.</param>
/// <param name="Failed">True when one that was named in this run could not be rolled forward.</param>
/// <param name="StillPending">Owners of whom a decided restore still waits to be rolled forward.</param>
internal sealed record ResumeReport(IReadOnlyList<string> Notes, bool Failed, IReadOnlySet<SecureId> StillPending);
