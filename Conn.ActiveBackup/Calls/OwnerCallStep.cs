namespace Conn.ActiveBackup.Calls;

/// <summary>What moves the state of a drive: a call, and how it ended.</summary>
/// <param name="Call">The call.</param>
/// <param name="Ending">How it ended.</param>
public readonly record struct OwnerCallStep(OwnerCallKind Call, CallEnding Ending = CallEnding.Done)
{
    /// <summary>The step of any call that failed: what may follow does not depend on which.</summary>
    public static OwnerCallStep Failure { get; } = new(default, CallEnding.Failed);

    /// <summary>The call, and its ending unless it is Done.</summary>
    /// <returns>For example <c>GetBackupDataSection last</c>.</returns>
    public override string ToString() => Ending switch
    {
        CallEnding.Done => Call.ToString(),
        CallEnding.Last => $"{Call} last",
        CallEnding.SnapshotRefused => $"{Call} refused",
        _ => "CallFailed",
    };
}
