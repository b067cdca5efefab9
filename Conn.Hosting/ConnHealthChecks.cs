using Conn.Hosting.Instances;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conn.Hosting;

/// <summary>Adds health checks of Conn to a host.</summary>
public static class ConnHealthChecks
{
    /// <summary>Adds two checks: <c>conn-engine</c> (tag <c>ready</c>), whether the engine runs; and <c>conn-owners</c>, whether each owner was backed up well
    /// lately, degraded and bad by <see cref="ConnOptions.DegradedAfter"/> and <see cref="ConnOptions.UnhealthyAfter"/>. Neither reads storage.</summary>
    /// <param name="checks">The checks of the host.</param>
    /// <param name="name">The name of the instance; it follows the names of its checks. Default: that of <see cref="ConnServices.AddConn(IServiceCollection, Action{ConnBuilder})"/>.</param>
    /// <returns>The checks.</returns>
    public static IHealthChecksBuilder AddConn(this IHealthChecksBuilder checks, string name = ConnServices.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(checks);
        string end = name.Length == 0 ? "" : "-" + name;
        return checks
            .Add(new HealthCheckRegistration("conn-engine" + end, s => new EngineHealthCheck(s.GetRequiredKeyedService<ConnInstance>(name)), null, ["ready"]))
            .Add(new HealthCheckRegistration("conn-owners" + end, s => new OwnerHealthCheck(s.GetRequiredKeyedService<ConnInstance>(name)), null, null));
    }
}
