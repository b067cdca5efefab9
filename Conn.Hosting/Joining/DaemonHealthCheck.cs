using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conn.Hosting.Joining;

/// <summary>Whether the daemon is connected. A daemon that is away degrades only: the program itself works without it.</summary>
internal sealed class DaemonHealthCheck(JoinedInstance instance) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        (DaemonState state, string reason) = instance.Daemon;
        return Task.FromResult(state switch
        {
            DaemonState.Connected => HealthCheckResult.Healthy($"The daemon is connected; the mode is {instance.Monitor.Current}."),
            DaemonState.Away => HealthCheckResult.Degraded($"The daemon is not connected: {reason}"),
            DaemonState.Refused => HealthCheckResult.Unhealthy($"The daemon refuses this program: {reason}"),
            _ => HealthCheckResult.Unhealthy($"The daemon is not connected: {reason}"),
        });
    }
}
