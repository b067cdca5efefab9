namespace Conn.Repository.Sets;

/// <summary>Specifies whether a set depends on earlier sets.</summary>
public enum SetType
{
    /// <summary>No part is an increment.</summary>
    Base = 0,

    /// <summary>At least one part is an increment; its restore needs an earlier set.</summary>
    Increment = 1,
}
