namespace Conn.DataOwners.Directory;

/// <summary>What a restore sets on an entry.</summary>
internal readonly record struct EntryAttributes(int Mode, uint UserId, uint GroupId, long Modified);
