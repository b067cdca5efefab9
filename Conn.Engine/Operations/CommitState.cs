namespace Conn.Engine.Operations;

/// <summary>Whether a restore is committed.</summary>
internal enum CommitState
{
    /// <summary>No: nothing has changed, and what was staged is dropped.</summary>
    NotCommitted = 0,

    /// <summary>Yes: every owner in it is rolled forward.</summary>
    Committed = 1,

    /// <summary>
    /// The commit record is being written; or the storage failed while it was written, and it cannot be read back: what was prepared is kept until the next run
    /// settles it.
    /// </summary>
    Unknown = 2,
}
