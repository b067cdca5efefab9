using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Conn.Hosting.Tests;

/// <summary>Keeps what is logged, and lets a test wait for a message.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<LogLine> _lines = new();
    private readonly Channel<LogLine> _news = Channel.CreateUnbounded<LogLine>();

    public IEnumerable<LogLine> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        LogLine line = new(eventId.Id, logLevel, formatter(state, exception), exception);
        _lines.Enqueue(line);
        _news.Writer.TryWrite(line);
    }

    /// <summary>The next message that has these words; it comes in milliseconds.</summary>
    public async Task<LogLine> NextAsync(string words, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(words, cancellationToken).WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"Nothing was logged with '{words}' but:\n{string.Join('\n', _lines.Select(static l => $"{l.Id}: {l.Text} {l.Thrown}"))}");
        }
    }

    public void Dispose() => _news.Writer.TryComplete();

    private async Task<LogLine> FindAsync(string words, CancellationToken cancellationToken)
    {
        await foreach (LogLine line in _news.Reader.ReadAllAsync(cancellationToken))
        {
            if (line.Text.Contains(words, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException("The log has ended.");
    }
}
