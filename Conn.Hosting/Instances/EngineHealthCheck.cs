using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conn.Hosting.Instances;

/// <summary>Whether the engine runs and answers.</summary>
internal sealed class EngineHealthCheck(ConnInstance instance) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!instance.IsRunning)
        {
            return HealthCheckResult.Unhealthy("The engine does not run.");
        }

        _ = await instance.Host.Engine.OwnersAsync(cancellationToken);
        return HealthCheckResult.Healthy($"The mode is {instance.Monitor.Current}.");
    }
}
