namespace Conn.DataOwners;

/// <summary>What a restore of single entries does with one.</summary>
public enum ContentAction
{
    /// <summary>Nothing is there: it is written.</summary>
    Write = 0,

    /// <summary>A file or link is there, and is replaced.</summary>
    Replace = 1,

    /// <summary>What is there stays.</summary>
    Keep = 2,

    /// <summary>It cannot be written: a folder is where a file belongs, or a file or link is where a folder belongs.</summary>
    Refuse = 3,
}
