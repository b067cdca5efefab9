
namespace Conn.Engine;

/// <summary>An operation was refused: nothing of it was committed. A restore that an earlier run had committed may have been rolled forward first.</summary>
public sealed class OperationRefusedException : ConnException
{
    /// <summary>Makes a refusal.</summary>
    /// <param name="refusal">Why.</param>
    /// <param name="code">The code.</param>
    /// <param name="message">What was asked, why it is refused, what to do.</param>
    /// <param name="innerException">The cause, or null.</param>
    public OperationRefusedException(OperationRefusal refusal, ErrorCode code, string message, Exception? innerException = null)
        : base(code, message, innerException) => Refusal = refusal;

    /// <summary>Why.</summary>
    public OperationRefusal Refusal { get; }

    /// <summary>With <see cref="OperationRefusal.InUse"/> of an engine: who asked for the operation that is running; else null.</summary>
    public string? Holder { get; init; }
}
