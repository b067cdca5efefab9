using Conn.Hosting.Telemetry;
using Microsoft.Extensions.Logging;

namespace Conn.Hosting.Serving;

/// <summary>Logs what the peers of a socket did wrong: so many lines in a minute, and then how many more there were. A peer that sends nonsense fills no disk.</summary>
internal sealed class PeerLog(ILogger log, TimeProvider clock)
{
    /// <summary>The most lines in a minute.</summary>
    public const int MaxLines = 60;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new(); // guards everything below
    private DateTimeOffset _began = DateTimeOffset.MinValue;
    private int _lines;

    /// <summary>Logs a line, or counts it.</summary>
    public void Write(string line)
    {
        int leftOut;
        bool isWritten;
        lock (_lock)
        {
            DateTimeOffset now = clock.GetUtcNow();
            bool isNew = now - _began >= Window || now < _began;
            leftOut = isNew ? Math.Max(0, _lines - MaxLines) : 0;
            (_began, _lines) = isNew ? (now, 1) : (_began, _lines + 1);
            isWritten = _lines <= MaxLines;
        }

        if (leftOut > 0)
        {
            Messages.PeersLeftOut(log, leftOut);
        }

        if (isWritten)
        {
            Messages.Peer(log, line);
        }
    }
}
