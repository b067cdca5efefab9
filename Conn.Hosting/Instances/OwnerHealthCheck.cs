using Conn.ActiveBackup;
using Conn.Hosting.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conn.Hosting.Instances;

/// <summary>Whether each owner was backed up well lately. One whose failure does not fail a backup makes no host unhealthy.</summary>
internal sealed class OwnerHealthCheck(ConnInstance instance) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        OwnerAge[] ages = [.. instance.Ages()];
        OwnerAge[] late = [.. ages.Where(a => a.Age >= instance.Options.DegradedAfter)];
        Dictionary<string, object> data = ages.ToDictionary(static a => a.Owner, static a => (object)a.Age);
        string words = string.Join(" ", late.Select(static a => a.Age == TimeSpan.MaxValue
            ? $"Owner {a.Owner} was never backed up." : $"Owner {a.Owner} was last backed up {a.Age.TotalHours:0.#} hours ago."));
        return Task.FromResult(late.Length == 0 ? HealthCheckResult.Healthy("Every owner was backed up lately.", data)
            : late.Any(a => a.Policy == OwnerPolicy.Required && a.Age >= instance.Options.UnhealthyAfter) ? HealthCheckResult.Unhealthy(words, null, data) : HealthCheckResult.Degraded(words, null, data));
    }
}
