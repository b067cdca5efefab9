namespace Conn.DataOwners.Directory;

/// <summary>What a restore sets on an entry. The extended attributes are an <see cref="ExtendedSet"/> that was checked.</summary>
internal readonly record struct EntryAttributes(int Mode, uint UserId, uint GroupId, long Modified, ReadOnlyMemory<byte> Extended = default);
