namespace Conn;

/// <summary>A failure with a code. The message says what was asked, in which state, and what would be legal.</summary>
/// <remarks>
/// Derived types exist only where a caller decides something by them. Expected outcomes are values, not exceptions: look for
/// the <c>Try</c> form, or the form that returns an <see cref="ErrorCode"/>. The help link leads to the code's place in docs/errors.md.
/// </remarks>
public class ConnException : Exception
{
    /// <summary>Makes a failure of <see cref="ErrorCode.General"/>.</summary>
    public ConnException()
        : this(ErrorCode.General, "The operation failed.")
    {
    }

    /// <summary>Makes a failure of <see cref="ErrorCode.General"/>.</summary>
    /// <param name="message">What was asked, in which state, what would be legal.</param>
    public ConnException(string message)
        : this(ErrorCode.General, message)
    {
    }

    /// <summary>Makes a failure of <see cref="ErrorCode.General"/>.</summary>
    /// <param name="message">What was asked, in which state, what would be legal.</param>
    /// <param name="innerException">What caused it.</param>
    public ConnException(string message, Exception? innerException)
        : this(ErrorCode.General, message, innerException)
    {
    }

    /// <summary>Makes a failure.</summary>
    /// <param name="code">The code; not <see cref="ErrorCode.Success"/>.</param>
    /// <param name="message">What was asked, in which state, what would be legal.</param>
    /// <param name="innerException">What caused it, or null.</param>
    /// <exception cref="ArgumentException"><paramref name="code"/> is <see cref="ErrorCode.Success"/>.</exception>
    public ConnException(ErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        if (code.IsSuccess)
        {
            throw new ArgumentException("A failure needs a code other than Success.", nameof(code));
        }

        Code = code;
        HelpLink = $"docs/errors.md#{code.Name.ToLowerInvariant()}";
    }

    /// <summary>What went wrong. Never <see cref="ErrorCode.Success"/>.</summary>
    public ErrorCode Code { get; }

    /// <summary>Whether the same call may succeed later, as <see cref="ErrorCode.IsTransient"/> says.</summary>
    public bool IsTransient => Code.IsTransient;
}
