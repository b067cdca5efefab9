
namespace Conn.ActiveBackup.Calls;

/// <summary>What a call returned, as a value. Which members have a meaning follows from the call; the others have their defaults.</summary>
public readonly record struct OwnerCallResult
{
    /// <summary>Null when the call succeeded.</summary>
    public OwnerCallFailure? Failure { get; init; }

    /// <summary>Of a call for bytes: how many were put into the buffer, and whether the stream ends with them.</summary>
    public SectionResult Section { get; init; }

    /// <summary>The expected size (-1 when unknown), the checksum, or of ResumeRestore 1 when something was left to put in place, else 0.</summary>
    public long Number { get; init; }

    /// <summary>Of PrepareRestore: the token. Private to the result.</summary>
    public ReadOnlyMemory<byte> Token { get; init; }

    /// <summary>Of TakeRemarks: the remarks. Of Recover: one note for each thing removed.</summary>
    public OwnerRemarks? Remarks { get; init; }

    /// <summary>Of Begin: the owner's optional interfaces.</summary>
    public OwnerFeatures Features { get; init; }

    /// <summary>Makes the result of a call that failed.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">What went wrong.</param>
    /// <returns>The result.</returns>
    public static OwnerCallResult Failed(ErrorCode code, string message) => new() { Failure = new OwnerCallFailure(code, message) };

    /// <summary>Makes the result of a call whose owner threw.</summary>
    /// <param name="thrown">The exception.</param>
    /// <returns>The result.</returns>
    public static OwnerCallResult Threw(Exception thrown) => new() { Failure = OwnerCallFailure.Of(thrown) };
}
