using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Calls;

/// <summary>One call of a data owner, as a value: what is called, and with which arguments.</summary>
/// <remarks>
/// Between the engine and the owner's own code a callback exists only in this form. Which arguments have a meaning follows from <see cref="Kind"/>;
/// the others have their defaults. Make one with the method of its name.
/// </remarks>
public readonly record struct OwnerCall
{
    private OwnerCall(OwnerCallKind kind) => Kind = kind;

    /// <summary>What is called.</summary>
    public OwnerCallKind Kind { get; }

    /// <summary>The drive.</summary>
    public DriveNumber Drive { get; init; }

    /// <summary>The owner whose data a proxy data manager is asked for; the default (0) for the called owner's own data.</summary>
    public SecureId ProxiedOwner { get; init; }

    /// <summary>Where the owner puts bytes. Belongs to the caller; the owner may write into it until the call completes.</summary>
    public Memory<byte> Buffer { get; init; }

    /// <summary>Bytes for the owner: a section, or a token. Belongs to the caller; valid until the call completes.</summary>
    public ReadOnlyMemory<byte> Section { get; init; }

    /// <summary>True when <see cref="Section"/> is the last of its stream.</summary>
    public bool Last { get; init; }

    /// <summary>Of a plan: about how many bytes will be staged; -1 when unknown.</summary>
    public long ExpectedBytes { get; init; }

    /// <summary>Of a beginning: the operation, with the drives of this owner.</summary>
    public BurModeInfo Mode { get; init; }

    /// <summary>The drive and the owner whose data it is.</summary>
    public DriveKey Key => new(Drive, ProxiedOwner);

    /// <summary>See <see cref="OwnerCallKind.KeepAlive"/>.</summary>
    /// <returns>The call.</returns>
    public static OwnerCall KeepAlive() => new(OwnerCallKind.KeepAlive);

    /// <summary>See <see cref="OwnerCallKind.Begin"/>.</summary>
    /// <param name="mode">The operation, with the drives of this owner.</param>
    /// <returns>The call.</returns>
    public static OwnerCall Begin(BurModeInfo mode) => new(OwnerCallKind.Begin) { Mode = mode };

    /// <summary>See <see cref="IActiveBackupDataClient.AllSnapshotsSuppliedAsync"/>.</summary>
    /// <returns>The call.</returns>
    public static OwnerCall AllSnapshotsSupplied() => new(OwnerCallKind.AllSnapshotsSupplied);

    /// <summary>See <see cref="IActiveBackupDataClient.TerminateMultiStageOperationAsync"/>.</summary>
    /// <returns>The call.</returns>
    public static OwnerCall Terminate() => new(OwnerCallKind.TerminateMultiStageOperation);

    /// <summary>See <see cref="IRestorePrepare.RecoverAsync"/>.</summary>
    /// <returns>The call.</returns>
    public static OwnerCall Recover() => new(OwnerCallKind.Recover);

    /// <summary>See <see cref="IOwnerRemarks.TakeRemarksAsync"/>.</summary>
    /// <returns>The call.</returns>
    public static OwnerCall TakeRemarks() => new(OwnerCallKind.TakeRemarks);

    /// <summary>Makes a call that takes a drive and nothing else.</summary>
    /// <param name="kind">For example <see cref="OwnerCallKind.InitialiseGetBackupData"/>.</param>
    /// <param name="drive">The drive.</param>
    /// <returns>The call.</returns>
    public static OwnerCall On(OwnerCallKind kind, DriveNumber drive) => new(kind) { Drive = drive };

    /// <summary>Makes a call of a proxy data manager that opens another owner's stream.</summary>
    /// <param name="kind"><see cref="OwnerCallKind.InitialiseGetProxyBackupData"/> or <see cref="OwnerCallKind.InitialiseRestoreProxyBaseData"/>.</param>
    /// <param name="owner">The owner whose data it is.</param>
    /// <param name="drive">The drive.</param>
    /// <returns>The call.</returns>
    public static OwnerCall For(OwnerCallKind kind, SecureId owner, DriveNumber drive) => new(kind) { Drive = drive, ProxiedOwner = owner };

    /// <summary>Makes a call that asks for bytes.</summary>
    /// <param name="kind"><see cref="OwnerCallKind.GetBackupDataSection"/> or <see cref="OwnerCallKind.GetSnapshotData"/>.</param>
    /// <param name="key">The drive of the open stream, and the owner whose data it is.</param>
    /// <param name="buffer">Where they go; 1 byte or more.</param>
    /// <returns>The call.</returns>
    public static OwnerCall Take(OwnerCallKind kind, DriveKey key, Memory<byte> buffer) =>
        new(kind) { Drive = key.Drive, ProxiedOwner = key.ProxiedOwner, Buffer = buffer };

    /// <summary>Makes a call that gives bytes.</summary>
    /// <param name="kind">For example <see cref="OwnerCallKind.RestoreBaseDataSection"/>.</param>
    /// <param name="key">The drive of the stream, and the owner whose data it is.</param>
    /// <param name="section">The bytes; empty only when last.</param>
    /// <param name="last">Whether the stream ends with them.</param>
    /// <returns>The call.</returns>
    public static OwnerCall Give(OwnerCallKind kind, DriveKey key, ReadOnlyMemory<byte> section, bool last) =>
        new(kind) { Drive = key.Drive, ProxiedOwner = key.ProxiedOwner, Section = section, Last = last };

    /// <summary>See <see cref="IRestorePlan.PlanRestoreAsync"/>.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="expectedBytes">About how many bytes will be staged; -1 when unknown.</param>
    /// <returns>The call.</returns>
    public static OwnerCall PlanRestore(DriveNumber drive, long expectedBytes) => new(OwnerCallKind.PlanRestore) { Drive = drive, ExpectedBytes = expectedBytes };

    /// <summary>See <see cref="IRestorePrepare.ResumeRestoreAsync"/>.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="token">What PrepareRestore returned.</param>
    /// <returns>The call.</returns>
    public static OwnerCall ResumeRestore(DriveNumber drive, ReadOnlyMemory<byte> token) => new(OwnerCallKind.ResumeRestore) { Drive = drive, Section = token };

    /// <summary>The call's name and what it concerns.</summary>
    /// <returns>For example <c>GetBackupDataSection C</c>.</returns>
    public override string ToString() => $"{Kind} {Key}";
}
