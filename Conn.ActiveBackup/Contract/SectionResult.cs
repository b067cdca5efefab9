namespace Conn.ActiveBackup.Contract;

/// <summary>What one callback put into the buffer it was given.</summary>
/// <param name="Bytes">0 to the buffer's length.</param>
/// <param name="Finished">True when the stream ends with these bytes. An empty last section is legal.</param>
/// <remarks>0 bytes and not finished is legal but is not progress: a few in a row are asked again, then the watchdog decides.</remarks>
public readonly record struct SectionResult(int Bytes, bool Finished);
