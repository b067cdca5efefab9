
namespace Conn.ActiveBackup.Calls;

/// <summary>The rule of one call: in which states it is legal, where it leads, and what else it depends on.</summary>
/// <param name="Call">The call.</param>
/// <param name="Span">Which drives it concerns.</param>
public sealed record OwnerCallRule(OwnerCallKind Call, CallSpan Span)
{
    /// <summary>Whether the owner must have confirmed its readiness.</summary>
    public bool NeedsReady { get; init; }

    /// <summary>Whether it is illegal on a drive of which anything is prepared or completed.</summary>
    public bool BeforePrepared { get; init; }

    /// <summary>Whether the owner returns the bytes and says itself when the stream ends; else the caller does.</summary>
    public bool ReturnsSection { get; init; }

    /// <summary>The codes by which an owner says that it cannot use a snapshot, or keeps none; any other failure fails the drive.</summary>
    public IReadOnlyList<ErrorCode> RefusalCodes { get; init; } = [];

    /// <summary>The states in which the call is legal, and where it leads. None when <see cref="Span"/> makes it legal in every state.</summary>
    public IReadOnlyList<CallTransition> Transitions { get; init; } = [];

    /// <summary>How a call ended.</summary>
    /// <param name="call">The call.</param>
    /// <param name="result">Its result.</param>
    /// <returns>The ending.</returns>
    public CallEnding EndingOf(in OwnerCall call, in OwnerCallResult result) =>
        result.Failure is { } failure ? RefusalCodes.Contains(failure.Code) && failure is { IsGivenUp: false, Refusal: null } ? CallEnding.SnapshotRefused : CallEnding.Failed
        : (ReturnsSection ? result.Section.Finished : call.Last) ? CallEnding.Last : CallEnding.Done;
}
