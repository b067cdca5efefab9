using System.Threading.Channels;
using Conn.Hosting;
using Microsoft.Extensions.Time.Testing;

/// <summary>Three nights of an application, by a clock of the test. Prints what became of each.</summary>
internal sealed class Night : ILoggerProvider, ILogger
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public static FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 27, 12, 0, 0, TimeSpan.Zero));

    public static async Task RunAsync(WebApplication app)
    {
        using Night log = new();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        await app.StartAsync();
        await log.SaysAsync("Conn started");
        IBackupService backups = app.Services.GetRequiredService<IBackupService>();
        for (int night = 1; night <= 3; night++)
        {
            DateTimeOffset next = (await backups.StatusAsync()).NextBackup!.Value;
            Clock.Advance(next - Clock.GetUtcNow());
            await log.SaysAsync("Backup Succeeded");
            await log.SaysAsync("The next scheduled backup");
            Console.WriteLine($"night of {next:yyyy-MM-dd HH:mm}: backed up");
        }

        await app.StopAsync();
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Writer.TryWrite(formatter(state, exception));

    public void Dispose() => _lines.Writer.TryComplete();

    private async Task SaysAsync(string words)
    {
        while (!(await _lines.Reader.ReadAsync()).Contains(words, StringComparison.Ordinal))
        {
        }
    }
}
