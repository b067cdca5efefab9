namespace Conn.Repository.Sets;

/// <summary>What the part of an owner holds. Stored as its number.</summary>
public enum PartType
{
    /// <summary>All data of the owner.</summary>
    Base = 0,

    /// <summary>What changed since the parent. The only type with a parent, and never without one.</summary>
    Increment = 1,

    /// <summary>Nothing of the owner's own: the owner was quiet during the backup and handed over no data.</summary>
    Quiesced = 2,

    /// <summary>Data that proxy managers handed over for the owner, followed by the owner's own data if it has any.</summary>
    Proxied = 3,
}
