using System.Runtime.ExceptionServices;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Testing.Owners;

/// <summary>Makes the calls of one operation with one owner, without an engine. Invariant: the owner gets no call outside the legal order.</summary>
internal sealed class OwnerCalls
{
    private readonly LegalOrder _calls;

    private OwnerCalls(LegalOrder calls) => _calls = calls;

    /// <summary>Gets the owner's optional interfaces.</summary>
    public OwnerFeatures Features { get; private set; }

    /// <summary>Gets whether the owner implements <see cref="IRestorePrepare"/>.</summary>
    public bool Prepares => Features.HasFlag(OwnerFeatures.RestorePrepare);

    /// <summary>Gets the drive that has a stream open, or null.</summary>
    public DriveNumber? Open => _calls.Order.Open?.Drive;

    /// <summary>Begins an operation: every drive is fresh, and the owner has confirmed its readiness.</summary>
    /// <param name="subject">The owner.</param>
    /// <param name="restore">True for a restore, false for a backup.</param>
    /// <param name="cancellationToken">The owner's token.</param>
    /// <returns>The calls of the operation.</returns>
    public static async ValueTask<OwnerCalls> BeginAsync(DataOwnerSubject subject, bool restore, CancellationToken cancellationToken)
    {
        BurMode mode = BurMode.Of(restore ? BurPartType.RestoreFull : BurPartType.BackupFull, BackupIncType.Base);
        OwnerCalls calls = new(new LegalOrder(new DataClientDispatcher(subject.Client), "under test", static () => DataOwnerStatus.Ready));
        calls.Features = (await calls.CallAsync(OwnerCall.Begin(new BurModeInfo(subject.Drives, mode)), cancellationToken)).Features;
        return calls;
    }

    /// <summary>Gets the calls that are legal on a drive now.</summary>
    /// <param name="drive">The drive.</param>
    /// <returns>The calls, in the order of the table.</returns>
    public IReadOnlyList<OwnerCallKind> LegalCalls(DriveNumber drive) => OwnerCallRules.LegalCalls(StateOf(drive));

    /// <summary>Gets the state of a drive.</summary>
    /// <param name="drive">The drive.</param>
    /// <returns>The state.</returns>
    public DriveState StateOf(DriveNumber drive) => _calls.Order.StateOf(new DriveKey(drive));

    /// <summary>Makes one call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">The owner's token.</param>
    /// <returns>The result, also of a call that failed or was refused.</returns>
    public ValueTask<OwnerCallResult> TryCallAsync(OwnerCall call, CancellationToken cancellationToken) => _calls.InvokeAsync(call, cancellationToken);

    /// <summary>Makes one call that must not fail.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">The owner's token.</param>
    /// <returns>The result.</returns>
    /// <exception cref="IllegalEventException">The call was outside the legal order and did not reach the owner.</exception>
    /// <exception cref="ConnException">The call failed. If the owner threw, this method throws the owner's own exception, of whatever type.</exception>
    public async ValueTask<OwnerCallResult> CallAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        OwnerCallResult result = await TryCallAsync(call, cancellationToken);
        if (result.Failure is not { } failure)
        {
            return result;
        }

        if (failure.Cause is { } thrown)
        {
            ExceptionDispatchInfo.Throw(thrown);
        }

        throw failure.Refusal is not { } refusal ? new ConnException(failure.Code, failure.Message) : new IllegalEventException(
            "OwnerOrder", $"owner {refusal.Owner}, drive {refusal.Drive}", refusal.State.ToString(), refusal.Call.ToString(),
            [.. refusal.LegalCalls.Select(c => c.ToString())]);
    }
}
