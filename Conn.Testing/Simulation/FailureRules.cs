using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Simulation;

/// <summary>What the failure of a call means, as the protocol says.</summary>
internal static class FailureRules
{
    /// <summary>Whether the failure of a call ends the part of the owner that was called.</summary>
    public static bool EndsPart(SimulatedOwner owner, OwnerCall call, ErrorCode code, SimulatedSpan span)
    {
        bool isRefusal = OwnerCallRules.Of(call.Kind).RefusalCodes.Contains(code);
        return call.Kind switch
        {
            OwnerCallKind.TerminateMultiStageOperation => false,
            OwnerCallKind.ReceiveSnapshotData => !isRefusal,
            OwnerCallKind.AllSnapshotsSupplied => !isRefusal || !owner.HasOldSnapshot,
            OwnerCallKind.GetSnapshotData => !isRefusal || owner.Stream(call.Key).SnapshotBytes > 0,
            OwnerCallKind.TakeRemarks or OwnerCallKind.GetDataChecksum => span.CommittedAt is null,
            _ => true,
        };
    }
}
