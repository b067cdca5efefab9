namespace Conn.ActiveBackup;

/// <summary>The bytes that one callback put into its buffer.</summary>
/// <param name="Bytes">0 to the buffer's length.</param>
/// <param name="Finished">True when the stream ends with these bytes. An empty last section is legal.</param>
/// <remarks>0 bytes and not finished is legal but is not progress: after a few in a row the owner counts as hung.</remarks>
public readonly record struct SectionResult(int Bytes, bool Finished);
