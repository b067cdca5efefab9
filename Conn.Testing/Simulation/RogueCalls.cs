using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Testing.Simulation;

/// <summary>Makes the call that an event stands for, whether it is legal or not, and looks at how it was refused.</summary>
internal static class RogueCalls
{
    private static readonly byte[] Room = new byte[16];
    private static readonly CallbackEvent[] All = Enum.GetValues<CallbackEvent>();

    /// <summary>The events that are calls; the others are what calls turn out to be.</summary>
    public static CallbackEvent[] Callable { get; } =
        [.. All.Where(e => e is not (CallbackEvent.SnapshotRefused or CallbackEvent.BackupDataFinished or CallbackEvent.SnapshotDataFinished or CallbackEvent.Terminate or CallbackEvent.CallbackFailed))];

    /// <summary>Whether a call names no drive: it goes to the one that has a stream open.</summary>
    public static bool IsForOpen(CallbackEvent call) => call is CallbackEvent.GetBackupDataSection or CallbackEvent.RestoreBaseDataSection
        or CallbackEvent.RestoreLastBaseDataSection or CallbackEvent.RestoreIncrementDataSection or CallbackEvent.RestoreLastIncrementDataSection;

    /// <summary>Whether a call goes to all drives at once.</summary>
    public static bool IsForAll(CallbackEvent call) => call is CallbackEvent.AllSnapshotsSupplied or CallbackEvent.Recover;

    /// <summary>Whether a call concerns all that is restored on its drive: the owner's own data, and what it keeps for others.</summary>
    public static bool IsForWholeDrive(CallbackEvent call) => call is CallbackEvent.PrepareRestore or CallbackEvent.RestoreComplete;

    /// <summary>The key that a call given this one would go to.</summary>
    public static DriveKey KeyOf(CallbackEvent call, DriveKey chosen, DriveKey proxied, DriveKey? open) =>
        IsForOpen(call) ? open ?? new DriveKey(chosen.Drive)
        : call is CallbackEvent.InitialiseGetProxyBackupData or CallbackEvent.InitialiseRestoreProxyBaseData ? proxied : new DriveKey(chosen.Drive);

    /// <summary>Calls a guard; how it refuses, at once or by its task, is the same to the caller.</summary>
    public static Task MakeAsync(IActiveBackupDataClient to, CallbackEvent call, DriveKey key) => MakeAsync(to, call, key, Room);

    /// <summary>The same with bytes to give, or room to take them.</summary>
    public static async Task MakeAsync(IActiveBackupDataClient to, CallbackEvent call, DriveKey key, Memory<byte> room) => await (call switch
    {
        CallbackEvent.ReceiveSnapshotData or CallbackEvent.ReceiveLastSnapshotData =>
            to.ReceiveSnapshotDataAsync(key.Drive, room, call == CallbackEvent.ReceiveLastSnapshotData, CancellationToken.None).AsTask(),
        CallbackEvent.AllSnapshotsSupplied => to.AllSnapshotsSuppliedAsync(CancellationToken.None).AsTask(),
        CallbackEvent.GetExpectedDataSize => to.GetExpectedDataSizeAsync(key.Drive, CancellationToken.None).AsTask(),
        CallbackEvent.InitialiseGetBackupData => to.InitialiseGetBackupDataAsync(key.Drive, CancellationToken.None).AsTask(),
        CallbackEvent.GetBackupDataSection => to.GetBackupDataSectionAsync(room, CancellationToken.None).AsTask(),
        CallbackEvent.GetSnapshotData => to.GetSnapshotDataAsync(key.Drive, room, CancellationToken.None).AsTask(),
        CallbackEvent.InitialiseRestoreBaseData => to.InitialiseRestoreBaseDataAsync(key.Drive, CancellationToken.None).AsTask(),
        CallbackEvent.RestoreBaseDataSection or CallbackEvent.RestoreLastBaseDataSection =>
            to.RestoreBaseDataSectionAsync(room, call == CallbackEvent.RestoreLastBaseDataSection, CancellationToken.None).AsTask(),
        CallbackEvent.InitialiseRestoreIncrementData => to.InitialiseRestoreIncrementDataAsync(key.Drive, CancellationToken.None).AsTask(),
        CallbackEvent.RestoreIncrementDataSection or CallbackEvent.RestoreLastIncrementDataSection =>
            to.RestoreIncrementDataSectionAsync(room, call == CallbackEvent.RestoreLastIncrementDataSection, CancellationToken.None).AsTask(),
        CallbackEvent.PrepareRestore => ((IRestorePrepare)to).PrepareRestoreAsync(key.Drive, CancellationToken.None).AsTask(),
        CallbackEvent.ResumeRestore => ((IRestorePrepare)to).ResumeRestoreAsync(key.Drive, room, CancellationToken.None).AsTask(),
        CallbackEvent.RestoreComplete => to.RestoreCompleteAsync(key.Drive, CancellationToken.None).AsTask(),
        CallbackEvent.InitialiseGetProxyBackupData => to.InitialiseGetProxyBackupDataAsync(key.ProxiedOwner, key.Drive, CancellationToken.None).AsTask(),
        CallbackEvent.InitialiseRestoreProxyBaseData => to.InitialiseRestoreProxyBaseDataAsync(key.ProxiedOwner, key.Drive, CancellationToken.None).AsTask(),
        CallbackEvent.GetDataChecksum => to.GetDataChecksumAsync(key.Drive, CancellationToken.None).AsTask(),
        CallbackEvent.Recover => ((IRestorePrepare)to).RecoverAsync(CancellationToken.None).AsTask(),
        CallbackEvent.Terminate => to.TerminateMultiStageOperationAsync(CancellationToken.None).AsTask(),
        _ => throw new ArgumentOutOfRangeException(nameof(call), call, "Not a call."),
    });

    /// <summary>What is wrong with a refusal, or null: it must name the state, the event, and exactly what would be legal.</summary>
    public static string? Fault(Exception? refusal, CallbackEvent asked, OrderFacts facts)
    {
        if (refusal is not IllegalEventException e)
        {
            return $"{asked} was not refused as illegal, but {(refusal is null ? "taken" : $"ended with {refusal.GetType().Name}: {refusal.Message}")}";
        }

        if (e.Code != ErrorCode.NotReady || e.Event != asked.ToString() || e.State.Length == 0 || !e.Message.Contains(e.State, StringComparison.Ordinal))
        {
            return $"{asked} was refused with other words: {e.Message}";
        }

        // A refusal for the sake of another drive, or of readiness, tells what that one needs.
        bool byTable = Enum.TryParse(e.State, out DriveState _) && facts.After(asked) is null;
        return byTable && !e.LegalEvents.ToHashSet().SetEquals(All.Where(l => facts.After(l) is not null).Select(l => l.ToString()))
            ? $"{asked} was refused, and legal are said to be {string.Join(", ", e.LegalEvents)}" : null;
    }
}
