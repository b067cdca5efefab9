namespace Conn.Repository.Encryption;

/// <summary>Represents a key that opens a repository, without its secret.</summary>
/// <param name="Id">The id of its slot. It begins with the time at which the key was added, UTC.</param>
/// <param name="Kind">What it is made from.</param>
/// <param name="IsInUse">True for the key with which the repository was opened.</param>
public sealed record KeySlotInfo(string Id, KeyKind Kind, bool IsInUse);
