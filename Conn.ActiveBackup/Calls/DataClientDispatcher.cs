
namespace Conn.ActiveBackup.Calls;

/// <summary>Turns a call into the method of a data client: the one place that knows both forms of a callback.</summary>
/// <remarks>Whatever the owner throws becomes a failed result. Optional interfaces are asked for once, at the first call that needs one.</remarks>
internal sealed class DataClientDispatcher(IActiveBackupDataClient client) : IOwnerChannel
{
    private Optional? _optional;

    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        try
        {
            switch (call.Kind)
            {
                case OwnerCallKind.Begin:
                    return new OwnerCallResult { Features = Find().Features };
                case OwnerCallKind.AllSnapshotsSupplied:
                    await client.AllSnapshotsSuppliedAsync(cancellationToken);
                    return default;
                case OwnerCallKind.ReceiveSnapshotData:
                    await client.ReceiveSnapshotDataAsync(call.Drive, call.Section, call.Last, cancellationToken);
                    return default;
                case OwnerCallKind.GetExpectedDataSize:
                    return new OwnerCallResult { Number = await client.GetExpectedDataSizeAsync(call.Drive, cancellationToken) };
                case OwnerCallKind.GetSnapshotData:
                    return new OwnerCallResult { Section = await client.GetSnapshotDataAsync(call.Drive, call.Buffer, cancellationToken) };
                case OwnerCallKind.InitialiseGetBackupData:
                    await client.InitialiseGetBackupDataAsync(call.Drive, cancellationToken);
                    return default;
                case OwnerCallKind.GetBackupDataSection:
                    return new OwnerCallResult { Section = await client.GetBackupDataSectionAsync(call.Buffer, cancellationToken) };
                case OwnerCallKind.InitialiseRestoreBaseData:
                    await client.InitialiseRestoreBaseDataAsync(call.Drive, cancellationToken);
                    return default;
                case OwnerCallKind.RestoreBaseDataSection:
                    await client.RestoreBaseDataSectionAsync(call.Section, call.Last, cancellationToken);
                    return default;
                case OwnerCallKind.InitialiseRestoreIncrementData:
                    await client.InitialiseRestoreIncrementDataAsync(call.Drive, cancellationToken);
                    return default;
                case OwnerCallKind.RestoreIncrementDataSection:
                    await client.RestoreIncrementDataSectionAsync(call.Section, call.Last, cancellationToken);
                    return default;
                case OwnerCallKind.RestoreComplete:
                    await client.RestoreCompleteAsync(call.Drive, cancellationToken);
                    return default;
                case OwnerCallKind.InitialiseGetProxyBackupData:
                    await client.InitialiseGetProxyBackupDataAsync(call.ProxiedOwner, call.Drive, cancellationToken);
                    return default;
                case OwnerCallKind.InitialiseRestoreProxyBaseData:
                    await client.InitialiseRestoreProxyBaseDataAsync(call.ProxiedOwner, call.Drive, cancellationToken);
                    return default;
                case OwnerCallKind.TerminateMultiStageOperation:
                    await client.TerminateMultiStageOperationAsync(cancellationToken);
                    return default;
                case OwnerCallKind.GetDataChecksum:
                    return new OwnerCallResult { Number = await client.GetDataChecksumAsync(call.Drive, cancellationToken) };
                case OwnerCallKind.PlanRestore:
                    await (Find().Plan?.PlanRestoreAsync(call.Drive, call.ExpectedBytes, cancellationToken) ?? default);
                    return default;
                case OwnerCallKind.PrepareRestore:
                    return new OwnerCallResult { Token = await (Find().Prepare?.PrepareRestoreAsync(call.Drive, cancellationToken) ?? default) };
                case OwnerCallKind.ResumeRestore when Find().Prepare is { } prepare:
                    return new OwnerCallResult { Number = await prepare.ResumeRestoreAsync(call.Drive, call.Section, cancellationToken) ? 1 : 0 };
                case OwnerCallKind.ResumeRestore:
                    return OwnerCallResult.Failed(ErrorCode.NotFound, "The owner cannot prepare a restore; what it had staged was lost with its process.");
                case OwnerCallKind.Recover:
                    return new OwnerCallResult { Remarks = new OwnerRemarks(Find().Prepare is { } recovering ? await recovering.RecoverAsync(cancellationToken) : [], []) };
                case OwnerCallKind.TakeRemarks:
                    return new OwnerCallResult { Remarks = Find().Remarks is { } remarks ? await remarks.TakeRemarksAsync(cancellationToken) : OwnerRemarks.Nothing };
                default:
                    return OwnerCallResult.Failed(ErrorCode.NotSupported, $"The owner's side does not know the call {call.Kind}; update the program that runs the owner.");
            }
        }
#pragma warning disable CA1031 // An owner may throw anything; it becomes the result of this call.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return OwnerCallResult.Threw(e);
        }
    }

    public ValueTask DisposeAsync() => default;

    private Optional Find() => _optional ??= new Optional(
        client.GetExtendedInterface(ExtendedInterfaces.RestorePlan) as IRestorePlan,
        client.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) as IRestorePrepare,
        client.GetExtendedInterface(ExtendedInterfaces.OwnerRemarks) as IOwnerRemarks);

    /// <summary>The optional interfaces that the owner has.</summary>
    private sealed record Optional(IRestorePlan? Plan, IRestorePrepare? Prepare, IOwnerRemarks? Remarks)
    {
        public OwnerFeatures Features => (Plan is null ? 0 : OwnerFeatures.RestorePlan)
            | (Prepare is null ? 0 : OwnerFeatures.RestorePrepare) | (Remarks is null ? 0 : OwnerFeatures.Remarks);
    }
}
