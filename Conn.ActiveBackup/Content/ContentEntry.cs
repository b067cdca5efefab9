namespace Conn.ActiveBackup.Content;

/// <summary>Represents one entry of an owner's stored content: a file, a folder or a link. Immutable.</summary>
public sealed class ContentEntry
{
    /// <summary>Gets the path: names in the bytes of the source, joined by <c>/</c>, relative to the drive. Empty for the drive's own folder.</summary>
    public required ReadOnlyMemory<byte> Path { get; init; }

    /// <summary>Gets what the entry is.</summary>
    public required ContentKind Kind { get; init; }

    /// <summary>Gets the size in bytes of a file, or of the target of a symbolic link; 0 for other kinds.</summary>
    public long Size { get; init; }

    /// <summary>Gets the modification time in nanoseconds since 1970-01-01 UTC; null if it is not stored, as for a <see cref="ContentKind.HardLink"/>.</summary>
    public long? ModifiedNanoseconds { get; init; }

    /// <summary>Gets the permission bits with set-user-id, set-group-id and sticky, 0 to 4095; null if they are not stored.</summary>
    public int? Mode { get; init; }

    /// <summary>Gets the number of the user that owned the entry; meaningful only with <see cref="Mode"/>.</summary>
    public uint UserId { get; init; }

    /// <summary>Gets the number of the group of the entry; meaningful only with <see cref="Mode"/>.</summary>
    public uint GroupId { get; init; }

    /// <summary>Gets the name that the user had where the entry was backed up; empty or null if it is not known.</summary>
    public string? UserName { get; init; }

    /// <summary>Gets the name that the group had; see <see cref="UserName"/>.</summary>
    public string? GroupName { get; init; }

    /// <summary>Gets the hash of the content of a file, or of the target of a symbolic link; null if none is stored. The owner chooses the function.</summary>
    public Hash128? Hash { get; init; }

    /// <summary>Gets the extended attributes and ACLs in the form of the owner that keeps them; empty for none. Entries with the same bytes have the
    /// same.</summary>
    public ReadOnlyMemory<byte> ExtendedAttributes { get; init; }

    /// <summary>Gets the target of a symbolic link (empty in a list), or the path of the first name of a hard link.</summary>
    public ReadOnlyMemory<byte> Target { get; init; }

    /// <summary>Gets the path as text; see <see cref="ContentText.Of"/>.</summary>
    public string Text => ContentText.Of(Path.Span);

    /// <summary>Gets the modification time, rounded down to 100 ns; null if it is not stored.</summary>
    public DateTimeOffset? Modified => ModifiedNanoseconds is { } time ? DateTimeOffset.UnixEpoch.AddTicks(time >= 0 ? time / 100 : -((-time + 99) / 100)) : null;

    /// <summary>Makes the entry of another path.</summary>
    /// <param name="path">The path; see <see cref="Path"/>.</param>
    /// <returns>An entry that differs in its path alone.</returns>
    public ContentEntry At(ReadOnlyMemory<byte> path) => new()
    {
        Path = path, Kind = Kind, Size = Size, ModifiedNanoseconds = ModifiedNanoseconds, Mode = Mode, UserId = UserId, GroupId = GroupId, Hash = Hash,
        UserName = UserName, GroupName = GroupName, ExtendedAttributes = ExtendedAttributes, Target = Target,
    };

    /// <summary>Makes the entry with a target.</summary>
    /// <param name="target">The target; see <see cref="Target"/>.</param>
    /// <returns>An entry that differs in its target alone.</returns>
    public ContentEntry To(ReadOnlyMemory<byte> target) => new()
    {
        Path = Path, Kind = Kind, Size = Size, ModifiedNanoseconds = ModifiedNanoseconds, Mode = Mode, UserId = UserId, GroupId = GroupId, Hash = Hash,
        UserName = UserName, GroupName = GroupName, ExtendedAttributes = ExtendedAttributes, Target = target,
    };

    /// <summary>Makes a hard link that says what its file holds.</summary>
    /// <param name="leader">The first name of the file, as the list has it.</param>
    /// <returns>This entry with size, time, mode, owners, extended attributes and hash of the file.</returns>
    public ContentEntry Of(ContentEntry leader)
    {
        ArgumentNullException.ThrowIfNull(leader);
        return new()
        {
            Path = Path, Kind = Kind, Size = leader.Size, ModifiedNanoseconds = leader.ModifiedNanoseconds, Mode = leader.Mode, UserId = leader.UserId,
            GroupId = leader.GroupId, UserName = leader.UserName, GroupName = leader.GroupName, Hash = leader.Hash, ExtendedAttributes = leader.ExtendedAttributes,
            Target = Target,
        };
    }
}
