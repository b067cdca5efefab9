using System.Net;
using System.Text;
using System.Text.Json;
using Conn.Cli.Output;
using Conn.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Prometheus;

namespace Conn.Cli.Daemon;

/// <summary>Answers <c>/health</c> and <c>/metrics</c> on loopback.</summary>
internal sealed class HealthServer(int port, HealthCheckService health) : BackgroundService
{
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();

    /// <exception cref="ConnException">InUse: another program has the port.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        HttpListener listener = new() { Prefixes = { $"http://127.0.0.1:{port}/", $"http://localhost:{port}/" } };
        try
        {
            listener.Start();
        }
        catch (HttpListenerException e)
        {
            throw new ConnException(ErrorCode.InUse, $"Port {port} of http cannot be used: {e.Message}. Choose another one, or leave http out.", e);
        }

        _listener = listener;
        return base.StartAsync(cancellationToken);
    }

    private HttpListener? _listener;

    public override void Dispose()
    {
        _listener?.Close();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using IDisposable meters = MeterAdapter.StartListening(new MeterAdapterOptions
        {
            Registry = _registry, MetricFactory = Metrics.WithCustomRegistry(_registry),
            InstrumentFilterPredicate = static i => i.Meter.Name == ConnTelemetry.MeterName,
        });
        using CancellationTokenRegistration stop = stoppingToken.Register(_listener!.Stop);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // One after the other: whoever asks is a probe.
                await AnswerAsync(await _listener.GetContextAsync(), stoppingToken);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
            {
                // The one who asked is gone, or the daemon stops.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context, CancellationToken cancellationToken)
    {
        using HttpListenerResponse response = context.Response;
        switch (context.Request.Url?.AbsolutePath)
        {
            case "/health":
                HealthReport report = await health.CheckHealthAsync(cancellationToken);
                response.StatusCode = report.Status == HealthStatus.Unhealthy ? 503 : 200;
                response.ContentType = "application/json";
                HealthDocument document = new(
                    Word(report.Status), report.Entries.ToDictionary(static e => e.Key, static e => new HealthItem(Word(e.Value.Status), e.Value.Description)));
                await JsonSerializer.SerializeAsync(response.OutputStream, document, Documents.Default.HealthDocument, cancellationToken);
                break;
            case "/metrics":
                response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
                using (MemoryStream text = new())
                {
                    await _registry.CollectAndExportAsTextAsync(text, cancellationToken);
                    await response.OutputStream.WriteAsync(
                        Encoding.UTF8.GetBytes(PrometheusNames.Apply(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length))), cancellationToken);
                }

                break;
            default:
                response.StatusCode = 404;
                break;
        }
    }

    private static string Word(HealthStatus status) => status.ToString().ToLowerInvariant();
}

internal sealed record HealthDocument(string Status, Dictionary<string, HealthItem> Checks);

internal sealed record HealthItem(string Status, string? Description);
