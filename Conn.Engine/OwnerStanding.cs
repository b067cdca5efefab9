using Conn.ActiveBackup;

namespace Conn.Engine;

/// <summary>Where a registered owner stands.</summary>
/// <param name="Registration">What it was registered with.</param>
/// <param name="Status">Its readiness; of an owner with proxy managers, theirs included.</param>
/// <param name="Error">The code it failed with; None when it did not fail.</param>
public sealed record OwnerStanding(DataOwnerRegistration Registration, DataOwnerStatus Status, ErrorCode Error);
