namespace Conn.Repository.Sets;

/// <summary>Specifies what the part of one owner holds. Stored as its number.</summary>
public enum PartType
{
    /// <summary>All data of the owner.</summary>
    Base = 0,

    /// <summary>What changed since the parent. This is the only type with a parent.</summary>
    Increment = 1,

    /// <summary>Nothing of its own: the owner was quiet during the backup and handed over no data.</summary>
    Quiesced = 2,

    /// <summary>Data that proxy managers handed over for the owner, before the owner's own data if it has any.</summary>
    Proxied = 3,
}
