using Conn.Repository.Sets;

namespace Conn.Repository.Restores;

/// <summary>One owner of a restore.</summary>
public sealed record RestoreOwner
{
    /// <summary>Name of the owner: 1 to 256 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Secure id of the owner.</summary>
    public required uint Sid { get; init; }

    /// <summary>The set restored.</summary>
    public required SetId Set { get; init; }

    /// <summary>Its drives, in rising order.</summary>
    public IReadOnlyList<RestoreDrive> Drives { get; init; } = [];

    /// <summary>True (in place) when the restored part becomes the owner's next parent.</summary>
    public bool ChangesParent { get; init; }

    /// <summary>True when the owner finished; set by the repository.</summary>
    public bool Completed { get; init; }
}
