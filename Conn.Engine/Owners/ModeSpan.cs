using Conn.ActiveBackup.Contract;
using Conn.PubSub;

namespace Conn.Engine.Owners;

/// <summary>The time between two Normals: which owners take part while the mode is that of an operation, and on which drives. Immutable.</summary>
internal sealed class ModeSpan(BurMode mode, IReadOnlyCollection<RegisteredOwner> owners)
{
    private readonly HashSet<RegisteredOwner> _owners = [.. owners];

    public DriveList Drives { get; } = owners.Aggregate(DriveList.Empty, (all, o) => all.Union(o.Registration.Drives));

    /// <summary>Whether an owner takes part.</summary>
    public bool Includes(RegisteredOwner owner) => _owners.Contains(owner);

    /// <summary>What an owner is answered: full affects all, partial those that take part.</summary>
    public bool Affects(RegisteredOwner owner) => !mode.IsPartial || Includes(owner);
}
