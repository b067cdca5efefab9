
namespace Conn.ActiveBackup.Calls;

/// <summary>Why a call failed: a code and a sentence that may cross processes, and what is known in this process.</summary>
/// <param name="Code">The owner's own code, or that of the layer that failed; never Success.</param>
/// <param name="Message">What went wrong.</param>
public sealed record OwnerCallFailure(ErrorCode Code, string Message)
{
    private const int MaxMessageLength = 4096;

    /// <summary>What the owner threw, in the same process; else null.</summary>
    public Exception? Cause { get; init; }

    /// <summary>Set when the call was outside the legal order and did not reach the owner; else null.</summary>
    public OrderRefusal? Refusal { get; init; }

    /// <summary>True when the engine stopped waiting: the owner's code may still run, and use what it was given.</summary>
    public bool IsGivenUp { get; init; }

    /// <summary>Describes what an owner threw. Never throws, whatever the exception's members do.</summary>
    /// <param name="thrown">The exception.</param>
    /// <returns>The exception's own code if it has one, Cancel for a cancellation, else General. The message of an exception without a code begins with its
    /// type.</returns>
    public static OwnerCallFailure Of(Exception thrown)
    {
        ErrorCode code = thrown is ConnException known ? known.Code : thrown is OperationCanceledException ? ErrorCode.Cancel : ErrorCode.General;
        string message = MessageOf(thrown);
        bool saysType = thrown is ConnException or OperationCanceledException || message.StartsWith(thrown.GetType().Name, StringComparison.Ordinal);
        return new OwnerCallFailure(code, saysType ? message : Cut($"{thrown.GetType().Name}: {message}")) { Cause = thrown };
    }

    /// <summary>Reads the message of an exception whose members may throw.</summary>
    /// <param name="thrown">The exception.</param>
    /// <returns>At most 4096 characters, and a mark when there were more.</returns>
    public static string MessageOf(Exception thrown)
    {
        ArgumentNullException.ThrowIfNull(thrown);
        try
        {
            return Cut(thrown.Message ?? thrown.GetType().Name);
        }
#pragma warning disable CA1031 // Message is the owner's code and may throw anything; the type still says what it was.
        catch (Exception)
#pragma warning restore CA1031
        {
            return $"{thrown.GetType().Name}, whose message cannot be read";
        }
    }

    /// <summary>Returns the failure with a code that is not Success, and with a message of bounded length.</summary>
    internal OwnerCallFailure Checked() =>
        !Code.IsSuccess && Message is { Length: <= MaxMessageLength + 2 } ? this
        : this with { Code = Code.IsSuccess ? ErrorCode.General : Code, Message = Cut(Message ?? "The failure has no message.") };

    private static string Cut(string message) => message.Length <= MaxMessageLength ? message : message[..MaxMessageLength] + " …";
}
