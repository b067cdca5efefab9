using Conn.Repository.Sets;

namespace Conn.Repository.Retention;

/// <summary>Represents a set that an earlier prune hid.</summary>
/// <param name="Set">The set.</param>
/// <param name="Since">When it was hidden, UTC.</param>
/// <param name="IsDue">Whether its grace period is over and nothing needs it, so that a prune deletes it now.</param>
public sealed record HiddenSet(BackupSet Set, DateTimeOffset Since, bool IsDue);
