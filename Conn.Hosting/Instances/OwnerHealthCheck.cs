using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conn.Hosting.Instances;

/// <summary>Whether each owner was backed up well lately.</summary>
internal sealed class OwnerHealthCheck(ConnInstance instance) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        (string Owner, TimeSpan Age)[] ages = [.. instance.Ages()];
        (string Owner, TimeSpan Age)[] late = [.. ages.Where(a => a.Age >= instance.Options.DegradedAfter)];
        Dictionary<string, object> data = ages.ToDictionary(static a => a.Owner, static a => (object)a.Age);
        string words = string.Join(" ", late.Select(static a => a.Age == TimeSpan.MaxValue
            ? $"Owner {a.Owner} was never backed up." : $"Owner {a.Owner} was last backed up {a.Age.TotalHours:0.#} hours ago."));
        return Task.FromResult(late.Length == 0 ? HealthCheckResult.Healthy("Every owner was backed up lately.", data)
            : late.Any(a => a.Age >= instance.Options.UnhealthyAfter) ? HealthCheckResult.Unhealthy(words, null, data) : HealthCheckResult.Degraded(words, null, data));
    }
}
