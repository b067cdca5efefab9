using Conn.ActiveBackup.Calls;
using Conn.Engine.Owners;

namespace Conn.Engine;

/// <summary>An owner's part of an operation failed: it threw, hung, went away or was never ready. The code is the owner's own.</summary>
public sealed class DataOwnerException : ConnException
{
    private DataOwnerException? _first;

    /// <summary>Makes a failure.</summary>
    /// <param name="owner">The owner's name.</param>
    /// <param name="code">The owner's code.</param>
    /// <param name="message">What went wrong, in a sentence that names the owner.</param>
    /// <param name="innerException">What the owner threw, or null.</param>
    public DataOwnerException(string owner, ErrorCode code, string message, Exception? innerException = null)
        : base(code, message, innerException) => Owner = owner;

    /// <summary>The owner's name.</summary>
    public string Owner { get; }

    /// <summary>The call that failed; null when it was not a call.</summary>
    public OwnerCallKind? Call { get; init; }

    /// <summary>Describes the failure. Never throws, although what an owner threw may.</summary>
    /// <returns>Type, message and stack; without the cause when the cause cannot be described.</returns>
    public override string ToString()
    {
        try
        {
            return base.ToString();
        }
#pragma warning disable CA1031 // The cause is the owner's code and may throw anything while it is described.
        catch (Exception)
#pragma warning restore CA1031
        {
            return $"{GetType().FullName}: {Message}\n{StackTrace}";
        }
    }

    /// <summary>The same as the failure of an owner whose data the failed one keeps.</summary>
    internal DataOwnerException AsManagerOf(RegisteredOwner served) => AsFailureOf(served, $"Manager {Owner} of owner {served.Name} failed");

    /// <summary>The same as the failure of an owner that is joined with the failed one. A chain of them repeats only the first message.</summary>
    internal DataOwnerException AsFailureOf(RegisteredOwner joined, string why)
    {
        DataOwnerException first = _first ?? this;
        return new(joined.Name, Code, $"{why}: {first.Message}", first) { Call = Call, _first = first };
    }
}
