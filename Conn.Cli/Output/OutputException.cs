namespace Conn.Cli.Output;

/// <summary>The work was done, and its result could not be told.</summary>
internal sealed class OutputException(string message, Exception innerException) : Exception(message, innerException);
