namespace Conn.Engine.Reports;

/// <summary>How far an operation is.</summary>
/// <param name="Phase">Where it has just arrived.</param>
/// <param name="Owner">The owner concerned, or null.</param>
/// <param name="Bytes">Plain bytes of this owner so far.</param>
/// <param name="ExpectedBytes">What this owner expected; -1 when unknown.</param>
public readonly record struct OperationProgress(OperationPhase Phase, string? Owner, long Bytes, long ExpectedBytes);
