using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Owners;

/// <summary>Takes the place of an owner: answers each call as it was set to, and counts the calls that reach it. One call at a time.</summary>
internal sealed class AnsweringChannel : IOwnerChannel
{
    private Action<bool>? _endHanging;

    /// <summary>Gets the number of calls that reached it.</summary>
    public int Calls { get; private set; }

    /// <summary>Gets or sets the length of the next section or token, in bytes.</summary>
    public int Bytes { get; set; } = 1;

    /// <summary>Gets or sets whether the next section ends its stream.</summary>
    public bool Finished { get; set; }

    /// <summary>Gets or sets the code that the next call fails with; None if it succeeds.</summary>
    public ErrorCode Fails { get; set; }

    /// <summary>Gets or sets whether a call that fails counts as given up by the engine.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>Gets or sets whether the next call does not complete before <see cref="EndLate"/>.</summary>
    public bool Hangs { get; set; }

    public ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        Calls++;
        OwnerCallResult result = Fails.IsSuccess ? Answer(call.Kind)
            : new OwnerCallResult { Failure = new OwnerCallFailure(Fails, "The test made this call fail.") { IsGivenUp = IsGivenUp } };
        if (!Hangs)
        {
            return new(result);
        }

        TaskCompletionSource<OwnerCallResult> late = new();
        _endHanging = failed => late.SetResult(failed ? OwnerCallResult.Failed(ErrorCode.General, "The test made this call fail late.") : result);
        return new(late.Task);
    }

    /// <summary>Completes the call that hangs.</summary>
    /// <param name="failed">True if it fails; else it has the result that was set when it was made.</param>
    public void EndLate(bool failed)
    {
        Action<bool>? end = _endHanging;
        _endHanging = null;
        end?.Invoke(failed);
    }

    public ValueTask DisposeAsync() => default;

    private OwnerCallResult Answer(OwnerCallKind call) => call switch
    {
        OwnerCallKind.Begin => new OwnerCallResult { Features = OwnerFeatures.RestorePrepare },
        OwnerCallKind.GetBackupDataSection or OwnerCallKind.GetSnapshotData => new OwnerCallResult { Section = new SectionResult(Bytes, Finished) },
        OwnerCallKind.PrepareRestore => new OwnerCallResult { Token = new byte[Bytes] },
        OwnerCallKind.ResumeRestore => new OwnerCallResult { Number = 1 },
        OwnerCallKind.Recover or OwnerCallKind.TakeRemarks => new OwnerCallResult { Remarks = OwnerRemarks.Nothing },
        _ => default,
    };
}
