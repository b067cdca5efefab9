using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;

namespace Conn.Ipc.Tests;

/// <summary>The callbacks of an owner behind a channel, so that the suites for owners run over it.</summary>
internal class ChannelClient(IOwnerChannel channel) : IActiveBackupDataClient
{
    /// <summary>Makes the client that has the same optional interfaces as the owner.</summary>
    public static async Task<ChannelClient> CreateAsync(IOwnerChannel channel)
    {
        OwnerFeatures features = (await channel.InvokeAsync(OwnerCall.Begin(default), CancellationToken.None)).Features;
        return features switch
        {
            OwnerFeatures.RestorePrepare => new PreparingClient(channel),
            OwnerFeatures.RestorePrepare | OwnerFeatures.RestorePlan | OwnerFeatures.Remarks => new PlanningClient(channel),
            _ => throw new InvalidOperationException($"No client has {features}."),
        };
    }

    public async ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => await CallAsync(OwnerCall.AllSnapshotsSupplied(), cancellationToken);

    public async ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        await CallAsync(OwnerCall.Give(OwnerCallKind.ReceiveSnapshotData, new DriveKey(drive, default), section, last), cancellationToken);

    public async ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        (await CallAsync(OwnerCall.On(OwnerCallKind.GetExpectedDataSize, drive), cancellationToken)).Number;

    public async ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) =>
        (await CallAsync(OwnerCall.Take(OwnerCallKind.GetSnapshotData, new DriveKey(drive, default), buffer), cancellationToken)).Section;

    public async ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        await CallAsync(OwnerCall.On(OwnerCallKind.InitialiseGetBackupData, drive), cancellationToken);

    public async ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        (await CallAsync(OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, buffer), cancellationToken)).Section;

    public async ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        await CallAsync(OwnerCall.On(OwnerCallKind.InitialiseRestoreBaseData, drive), cancellationToken);

    public async ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        await CallAsync(OwnerCall.Give(OwnerCallKind.RestoreBaseDataSection, default, section, last), cancellationToken);

    public async ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        await CallAsync(OwnerCall.On(OwnerCallKind.InitialiseRestoreIncrementData, drive), cancellationToken);

    public async ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        await CallAsync(OwnerCall.Give(OwnerCallKind.RestoreIncrementDataSection, default, section, last), cancellationToken);

    public async ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        await CallAsync(OwnerCall.On(OwnerCallKind.RestoreComplete, drive), cancellationToken);

    public async ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => await CallAsync(OwnerCall.Terminate(), cancellationToken);

    public async ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        (uint)(await CallAsync(OwnerCall.On(OwnerCallKind.GetDataChecksum, drive), cancellationToken)).Number;

    protected async ValueTask<OwnerCallResult> CallAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        OwnerCallResult result = await channel.InvokeAsync(call, cancellationToken);
        return result.Failure is not { } failure ? result
            : failure.Code == ErrorCode.Cancel && cancellationToken.IsCancellationRequested ? throw new OperationCanceledException(cancellationToken)
            : throw new ConnException(failure.Code, failure.Message);
    }

    /// <summary>Of an owner that prepares.</summary>
    private class PreparingClient(IOwnerChannel channel) : ChannelClient(channel), IRestorePrepare
    {
        public async ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) =>
            (await CallAsync(OwnerCall.On(OwnerCallKind.PrepareRestore, drive), cancellationToken)).Token;

        public async ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) =>
            (await CallAsync(OwnerCall.ResumeRestore(drive, token), cancellationToken)).Number == 1;

        public async ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) =>
            (await CallAsync(OwnerCall.Recover(), cancellationToken)).Remarks!.Notes;
    }

    /// <summary>Of an owner that prepares, plans and remarks.</summary>
    private sealed class PlanningClient(IOwnerChannel channel) : PreparingClient(channel), IRestorePlan, IOwnerRemarks
    {
        public async ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) =>
            (await CallAsync(OwnerCall.TakeRemarks(), cancellationToken)).Remarks!;

        public async ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) =>
            await CallAsync(OwnerCall.PlanRestore(drive, expectedBytes), cancellationToken);
    }
}
