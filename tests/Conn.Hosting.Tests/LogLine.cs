using Microsoft.Extensions.Logging;

namespace Conn.Hosting.Tests;

/// <summary>One message of a log.</summary>
internal sealed record LogLine(int Id, LogLevel Level, string Text, Exception? Thrown);
