namespace Conn.ActiveBackup.Calls;

/// <summary>How a call ended, as far as the legal order depends on it.</summary>
public enum CallEnding
{
    /// <summary>It succeeded; a stream goes on.</summary>
    Done = 0,

    /// <summary>It succeeded, and the stream ended with it.</summary>
    Last = 1,

    /// <summary>The owner cannot use a snapshot, or keeps none.</summary>
    SnapshotRefused = 2,

    /// <summary>It failed in any other way.</summary>
    Failed = 3,
}
