using Conn.ActiveBackup;
using Conn.PubSub;

namespace Conn.Engine.Owners;

/// <summary>The time between two Normals: which owners take part while the mode is that of an operation, and on which drives. Immutable.</summary>
internal sealed class ModeSpan(BurMode mode, IEnumerable<RegisteredOwner> owners, DriveList drives)
{
    private readonly HashSet<RegisteredOwner> _owners = [.. owners];

    public DriveList Drives => drives;

    /// <summary>Whether an owner takes part.</summary>
    public bool Includes(RegisteredOwner owner) => _owners.Contains(owner);

    /// <summary>What an owner is answered: full affects all, partial those that take part.</summary>
    public bool Affects(RegisteredOwner owner) => !mode.IsPartial || Includes(owner);
}
