using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conn.Hosting.Instances;

/// <summary>Whether the engine runs.</summary>
internal sealed class EngineHealthCheck(ConnInstance instance) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        instance.IsRunning ? HealthCheckResult.Healthy($"The mode is {instance.Monitor.Current}.") : HealthCheckResult.Unhealthy("The engine does not run."));
}
