using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Testing.Owners;

/// <summary>Makes the calls of one operation with one owner, without an engine. Invariant: the owner gets no call outside the legal order.</summary>
internal sealed class OwnerCalls
{
    private readonly LegalOrder _calls;
    private readonly TestedOwner _owner;

    private OwnerCalls(LegalOrder calls, TestedOwner owner) => (_calls, _owner) = (calls, owner);

    /// <summary>Gets the owner's optional interfaces.</summary>
    public OwnerFeatures Features { get; private set; }

    /// <summary>Gets whether the owner implements <see cref="IRestorePrepare"/>.</summary>
    public bool Prepares => Features.HasFlag(OwnerFeatures.RestorePrepare);

    /// <summary>Gets the drive that has a stream open, or null.</summary>
    public DriveNumber? Open => _calls.Order.Open?.Drive;

    /// <summary>Begins an operation: every drive is fresh, and the owner has confirmed its readiness.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="restore">True for a restore, false for a backup.</param>
    /// <param name="cancellationToken">The owner's token.</param>
    /// <returns>The calls of the operation.</returns>
    public static async ValueTask<OwnerCalls> BeginAsync(TestedOwner owner, bool restore, CancellationToken cancellationToken)
    {
        BurMode mode = BurMode.Of(restore ? BurPartType.RestoreFull : BurPartType.BackupFull, BackupIncType.Base);
        OwnerCalls calls = new(new LegalOrder(new DataClientDispatcher(owner.Client), "under test", static () => DataOwnerStatus.Ready), owner);
        calls.Features = (await calls.CallAsync(OwnerCall.Begin(new BurModeInfo(owner.Drives, mode)), cancellationToken)).Features;
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
    /// <exception cref="ConnException">The call failed with this code. If the owner threw an exception that it must not throw, the test fails instead.</exception>
    public async ValueTask<OwnerCallResult> CallAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        OwnerCallResult result = await TryCallAsync(call, cancellationToken);
        if (result.Failure is not { } failure)
        {
            return result;
        }

        throw failure.Refusal is { } refusal ? Refused(refusal)
            : _owner.CallFailure(Words(call), failure.Cause ?? new ConnException(failure.Code, failure.Message));
    }

    private static string Words(OwnerCall call) =>
        OwnerCallRules.Of(call.Kind).Span is CallSpan.Drive or CallSpan.WholeDrive ? $"{call.Kind} of drive {call.Drive}" : call.Kind.ToString();

    private static IllegalEventException Refused(OrderRefusal refusal) => new(
        "OwnerOrder", $"owner {refusal.Owner}, drive {refusal.Drive}", refusal.State.ToString(), refusal.Call.ToString(),
        [.. refusal.LegalCalls.Select(c => c.ToString())]);
}
