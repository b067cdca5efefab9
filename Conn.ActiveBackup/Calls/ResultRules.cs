
namespace Conn.ActiveBackup.Calls;

/// <summary>Validates and copies results. Invariant: a validated result holds no object of the owner, so nothing later calls code of the owner or changes with
/// it.</summary>
internal static class ResultRules
{
    /// <summary>The longest token of a prepared restore, in bytes.</summary>
    public const int MaxTokenBytes = 4096;

    /// <summary>The most notes, and the most errors, that are kept of one call.</summary>
    public const int MaxRemarks = 10_000;

    /// <summary>The longest remark that is kept, in characters.</summary>
    public const int MaxRemarkLength = 4096;

    /// <summary>Checks a result and copies what belongs to the owner. Runs where the owner's code may run: lists of the owner are walked here.</summary>
    public static OwnerCallResult Checked(this OwnerCallResult result, in OwnerCall call)
    {
        try
        {
            return result.Failure is { } failure ? new OwnerCallResult { Failure = failure.Checked() } : CheckedValue(result, call);
        }
#pragma warning disable CA1031 // A list of the owner's may throw anything while it is walked: that is the owner's failure.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return OwnerCallResult.Threw(e);
        }
    }

    private static OwnerCallResult CheckedValue(OwnerCallResult result, in OwnerCall call) => call.Kind switch
    {
        OwnerCallKind.GetBackupDataSection or OwnerCallKind.GetSnapshotData when result.Section.Bytes < 0 || result.Section.Bytes > call.Buffer.Length =>
            OwnerCallResult.Failed(ErrorCode.BadDescriptor, $"The owner claims {result.Section.Bytes} bytes in a buffer of {call.Buffer.Length}."),
        OwnerCallKind.GetExpectedDataSize when result.Number < 0 => result with { Number = -1 },
        OwnerCallKind.PrepareRestore when result.Token.Length > MaxTokenBytes =>
            OwnerCallResult.Failed(ErrorCode.TooBig, $"The owner returned a token of {result.Token.Length} bytes; {MaxTokenBytes} are the most."),
        OwnerCallKind.PrepareRestore => result with { Token = result.Token.ToArray() },
        OwnerCallKind.Recover or OwnerCallKind.TakeRemarks => Checked(result, result.Remarks),
        _ => result,
    };

    private static OwnerCallResult Checked(OwnerCallResult result, OwnerRemarks? remarks) =>
        remarks is { Notes: { } notes, Errors: { } errors } && Kept(notes) is { } keptNotes && Kept(errors) is { } keptErrors
            ? result with
            {
                Remarks = new OwnerRemarks(keptNotes, keptErrors, remarks.WhyBase is { } why ? Cut(why) : null) { TotalBytes = Math.Max(-1, remarks.TotalBytes) },
            }
            : OwnerCallResult.Failed(ErrorCode.BadDescriptor, "The owner returned null instead of remarks, a list of them, or a text in it.");

    private static List<string>? Kept(IReadOnlyList<string> texts)
    {
        List<string> kept = [];
        foreach (string text in texts.Take(MaxRemarks + 1))
        {
            if (text is null)
            {
                return null;
            }

            kept.Add(Cut(text));
        }

        if (kept.Count > MaxRemarks)
        {
            kept[MaxRemarks] = "… and more";
        }

        return kept;
    }

    private static string Cut(string text) => text.Length <= MaxRemarkLength ? text : text[..MaxRemarkLength] + " …";
}
