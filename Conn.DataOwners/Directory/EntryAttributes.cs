namespace Conn.DataOwners.Directory;

/// <summary>What a restore sets on an entry. The extended attributes are an <see cref="ExtendedSet"/> that was checked.</summary>
internal readonly record struct EntryAttributes(int Mode, uint UserId, uint GroupId, long Modified, ReadOnlyMemory<byte> Extended = default)
{
    /// <summary>Gets the name of the user where the entry was backed up; empty or null when it is not known.</summary>
    internal string? UserName { get; init; }

    /// <summary>Gets the name of the group there.</summary>
    internal string? GroupName { get; init; }
}
