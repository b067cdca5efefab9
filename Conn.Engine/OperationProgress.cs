
namespace Conn.Engine;

/// <summary>How far an operation has come.</summary>
/// <param name="Phase">The phase it has just reached.</param>
/// <param name="Owner">The owner concerned, or null.</param>
/// <param name="Bytes">Plain bytes of this owner so far.</param>
/// <param name="ExpectedBytes">What this owner expected, an estimate; -1 when unknown. <paramref name="Bytes"/> may be larger: a percentage is capped at
/// 100.</param>
public readonly record struct OperationProgress(OperationPhase Phase, string? Owner, long Bytes, long ExpectedBytes)
{
    /// <summary>With <see cref="OperationPhase.OwnerFailed"/>: the owner's code; else Success.</summary>
    public ErrorCode Error { get; init; }
}
