using Conn.Repository.Sets;

namespace Conn.Repository.Restores;

/// <summary>Represents one owner of a restore.</summary>
public sealed record RestoreOwner
{
    /// <summary>Gets the name of the owner: 1 to 256 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the secure id of the owner.</summary>
    public required uint Sid { get; init; }

    /// <summary>Gets the id of the set that is restored.</summary>
    public required SetId Set { get; init; }

    /// <summary>Gets the drives, each once. The repository lists them by rising index.</summary>
    public IReadOnlyList<RestoreDrive> Drives { get; init; } = [];

    /// <summary>Gets whether the restored part becomes the parent of the owner's next increment: true for a restore in place.</summary>
    public bool ChangesParent { get; init; }

    /// <summary>Gets whether the restore of this owner is complete. The repository sets it.</summary>
    public bool Completed { get; init; }
}
