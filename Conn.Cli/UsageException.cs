namespace Conn.Cli;

/// <summary>The command line, or a file it names, asks for something that makes no sense; the message says what would.</summary>
internal sealed class UsageException(string message) : Exception(message);
