using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace Conn.Cli.Daemon;

/// <summary>Tells systemd that the engine answers, twice in the time in which it wants to hear it. Does nothing without systemd.</summary>
internal sealed class SystemdWatchdog(IServiceProvider services, HealthCheckService health, TimeProvider clock) : BackgroundService
{
    private const string Variable = "WATCHDOG_USEC";
    private const string Engine = "ready";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (services.GetService<ISystemdNotifier>() is not { IsEnabled: true } systemd
            || !long.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            || microseconds == 0)
        {
            return;
        }

        using PeriodicTimer timer = new(TimeSpan.FromMicroseconds(microseconds / 2.0), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // It hangs when the engine does; then systemd starts the daemon again. The state of the repository is not what it is about.
            if ((await health.CheckHealthAsync(static c => c.Tags.Contains(Engine), stoppingToken)).Status != HealthStatus.Unhealthy)
            {
                systemd.Notify(new ServiceState("WATCHDOG=1"));
            }
        }
    }
}
