using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conn.Hosting.Joining;

/// <summary>Whether the daemon knows each owner, and it got ready in its last operation. How old its last good set is, the daemon knows.</summary>
internal sealed class JoinedOwnersHealthCheck(JoinedInstance instance) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (instance.Daemon.State == DaemonState.Off)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy("The owners do not run: the host has not started yet, or has stopped."));
        }

        OwnerStatus[] unknown = [.. instance.Owners.Where(static o => o.ErrorText is not null)];
        if (unknown.Length > 0)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy(string.Join(" ", unknown.Select(static o => $"No backup holds owner {o.Name}: {o.ErrorText}"))));
        }

        OwnerStatus[] failed = [.. instance.Owners.Where(static o => !o.Error.IsSuccess)];
        return Task.FromResult(failed.Length == 0
            ? HealthCheckResult.Healthy("Every owner got ready in its last operation. The daemon knows the ages of their sets.")
            : HealthCheckResult.Degraded(string.Join(" ", failed.Select(static o => $"Owner {o.Name} did not get ready in its last operation: {o.Error}."))));
    }
}
