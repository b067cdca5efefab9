using Conn.PubSub;

namespace Conn.Engine.Sessions;

/// <summary>An owner's part ended: it threw, hung, went away or never got ready. The code is the owner's own.</summary>
public sealed class DataOwnerException : ConnException
{
    /// <summary>Makes a failure without an owner.</summary>
    public DataOwnerException()
        : this("A data owner failed.")
    {
    }

    /// <summary>Makes a failure with only a message.</summary>
    /// <param name="message">The message.</param>
    public DataOwnerException(string message)
        : base(message)
    {
    }

    /// <summary>Makes a failure with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public DataOwnerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes a failure.</summary>
    /// <param name="owner">The owner's name.</param>
    /// <param name="callback">The callback, or what was waited for.</param>
    /// <param name="code">The owner's code.</param>
    /// <param name="message">What the owner said, or what was waited for.</param>
    /// <param name="innerException">What it threw, or null.</param>
    public DataOwnerException(string owner, string callback, ErrorCode code, string message, Exception? innerException = null)
        : base(code, message, innerException)
    {
        Owner = owner;
        Callback = callback;
    }

    /// <summary>The owner's name.</summary>
    public string Owner { get; } = "";

    /// <summary>The callback in which it happened, or what was waited for.</summary>
    public string Callback { get; } = "";

    /// <summary>True when the callback was not waited for: it may still run, and use what it was given.</summary>
    internal bool IsGivenUp { get; init; }

    /// <summary>The same as the failure of an owner whose data the failed one keeps.</summary>
    internal DataOwnerException AsManagerOf(RegisteredOwner served) =>
        new(served.Name, Callback, Code, $"Manager {Owner} of owner {served.Name} failed: {Message}", this);
}
