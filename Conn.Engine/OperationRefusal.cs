
namespace Conn.Engine;

/// <summary>Why an operation was refused.</summary>
public enum OperationRefusal
{
    /// <summary>Another operation is running; the message names it.</summary>
    InUse = 0,

    /// <summary>An owner named is not registered, or not in the set.</summary>
    NoSuchOwner = 1,

    /// <summary>Increments only were asked for, and a base is needed; the message says why.</summary>
    NeedsBase = 2,

    /// <summary>An owner's plan says that it could not take the restore; the message is the owner's.</summary>
    RefusedByOwner = 3,

    /// <summary>The set holds data of an owner in a newer version than the owner registered; the message names both.</summary>
    NewerData = 4,

    /// <summary>The set holds data that proxy managers handed over, and the owner is registered without them; or the other way round.</summary>
    OtherForm = 5,

    /// <summary>The data was backed up from another place than the owner's; the message names both.</summary>
    OtherSource = 6,

    /// <summary>The set holds data of an owner of another kind than the one registered; the message names both.</summary>
    OtherKind = 7,

    /// <summary>An owner lies inside the repository, or two owners of a restore lie inside each other; the message names them.</summary>
    Overlap = 8,

    /// <summary>The source of a Required owner is not there, or is of another kind; the message names it. Said by hosts that look before they begin.</summary>
    NoSource = 9,
}
