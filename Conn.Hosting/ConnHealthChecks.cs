using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conn.Hosting;

/// <summary>Adds health checks of Conn to a host.</summary>
public static class ConnHealthChecks
{
    /// <summary>Adds two checks: <c>conn-engine</c> (tag <c>ready</c>), whether the engine runs and answers, and <c>conn-owners</c>, whether each owner was backed up well
    /// lately, degraded and bad by <see cref="ConnOptions.DegradedAfter"/> and <see cref="ConnOptions.UnhealthyAfter"/>; a best-effort owner only degrades. Neither reads
    /// storage.</summary>
    /// <param name="checks">The checks of the host.</param>
    /// <param name="name">The name of the instance; it follows the names of its checks. Default: that of <see cref="ConnServices.AddConn(IServiceCollection, Action{ConnBuilder})"/>.</param>
    /// <returns>The checks.</returns>
    /// <remarks>Where the instance joins a daemon, <c>conn-engine</c> is degraded while no daemon is connected and bad while it refuses the program. There
    /// <c>conn-owners</c> is degraded by an owner that did not get ready, and bad if the daemon does not know one of the owners; the daemon knows the ages.</remarks>
    public static IHealthChecksBuilder AddConn(this IHealthChecksBuilder checks, string name = ConnServices.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(checks);
        (string engine, string owners) = NamesOf(name);
        return checks
            .Add(new HealthCheckRegistration(engine, s => s.GetRequiredKeyedService<IHealthCheck>(engine), null, ["ready"]))
            .Add(new HealthCheckRegistration(owners, s => s.GetRequiredKeyedService<IHealthCheck>(owners), null, null));
    }

    /// <summary>The names of the checks of an instance, which are also the keys of their services.</summary>
    internal static (string Engine, string Owners) NamesOf(string name)
    {
        string end = name.Length == 0 ? "" : "-" + name;
        return ("conn-engine" + end, "conn-owners" + end);
    }
}
