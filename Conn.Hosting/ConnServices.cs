using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Conn.Hosting.Instances;
using Conn.Hosting.Joining;
using Conn.Hosting.Telemetry;
using Conn.PubSub;

namespace Conn.Hosting;

/// <summary>Adds Conn to a host.</summary>
public static class ConnServices
{
    /// <summary>The name of the instance that <see cref="AddConn(IServiceCollection, Action{ConnBuilder})"/> adds.</summary>
    public const string DefaultName = "";

    /// <summary>Adds the state bus, the engine, data owners and a schedule, which live as long as the host.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Says where the repository is, or that a daemon has it, and which owners there are.</param>
    /// <returns>The services.</returns>
    /// <remarks>Inject <see cref="IBackupService"/> to back up and restore, <see cref="IBurModeMonitor"/> to follow the mode, and <see cref="PropertyStore"/>
    /// for the bus. Where a daemon has the bus (<see cref="ConnBuilder.ConnectToDaemon"/>), there is no <see cref="PropertyStore"/>.</remarks>
    public static IServiceCollection AddConn(this IServiceCollection services, Action<ConnBuilder> configure)
    {
        ConnBuilder builder = Add(services, DefaultName, configure);
        services.AddSingleton(static s => s.GetRequiredKeyedService<IBackupService>(DefaultName));
        services.AddSingleton(static s => s.GetRequiredKeyedService<IBurModeMonitor>(DefaultName));
        return builder.JoinsDaemon ? services : services.AddSingleton(static s => s.GetRequiredKeyedService<PropertyStore>(DefaultName));
    }

    /// <summary>Adds another instance, with a bus, an engine and a repository of its own. Its services are keyed by its name.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name of the instance.</param>
    /// <param name="configure">Says where the repository is, or that a daemon has it, and which owners there are.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddConn(this IServiceCollection services, string name, Action<ConnBuilder> configure)
    {
        Add(services, name, configure);
        return services;
    }

    private static ConnBuilder Add(IServiceCollection services, string name, Action<ConnBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        ConnBuilder builder = new(services, name);
        configure(builder);
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<ConnOptions>(name).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ConnOptions>>(new ConnOptionsCheck(name, builder.Owners, builder.JoinsDaemon));
        if (builder.JoinsDaemon)
        {
            AddJoined(services, name, builder.Owners);
        }
        else
        {
            AddEmbedded(services, name, builder.Owners);
        }

        return builder;
    }

    private static void AddEmbedded(IServiceCollection services, string name, IReadOnlyList<OwnerEntry> owners)
    {
        services.AddKeyedSingleton(name, (provider, _) => new ConnInstance(name, owners, provider));
        services.AddKeyedSingleton(name, (provider, _) =>
        {
            ConnInstance instance = provider.GetRequiredKeyedService<ConnInstance>(name);
            return new BackupService(instance, new ConnMeter(
                provider.GetRequiredService<IMeterFactory>(), instance.Ages, () => instance.Bus.ListSubscriptions().Count),
                new OperationNews(provider.GetServices<IOperationListener>(), instance.Clock, instance.Log));
        });
        services.AddKeyedSingleton<IBackupService>(name, static (provider, key) => provider.GetRequiredKeyedService<BackupService>(key));
        services.AddKeyedSingleton<IBurModeMonitor>(name, static (provider, key) => provider.GetRequiredKeyedService<ConnInstance>(key).Monitor);
        services.AddKeyedSingleton(name, static (provider, key) => provider.GetRequiredKeyedService<ConnInstance>(key).Bus);
        services.AddSingleton<IHostedService>(provider => new ConnLifecycle(
            provider.GetRequiredKeyedService<ConnInstance>(name), provider.GetRequiredKeyedService<BackupService>(name)));
        AddChecks(services, name, static (p, key) => new EngineHealthCheck(p.GetRequiredKeyedService<ConnInstance>(key)),
            static (p, key) => new OwnerHealthCheck(p.GetRequiredKeyedService<ConnInstance>(key)));
    }

    private static void AddJoined(IServiceCollection services, string name, IReadOnlyList<OwnerEntry> owners)
    {
        services.AddKeyedSingleton(name, (provider, _) => new JoinedInstance(name, owners, provider));
        services.AddKeyedSingleton<IBackupService>(name, static (p, key) => new JoinedBackupService(p.GetRequiredKeyedService<JoinedInstance>(key)));
        services.AddKeyedSingleton<IBurModeMonitor>(name, static (p, key) => p.GetRequiredKeyedService<JoinedInstance>(key).Monitor);
        services.AddSingleton<IHostedService>(p => p.GetRequiredKeyedService<JoinedInstance>(name));
        AddChecks(services, name, static (p, key) => new DaemonHealthCheck(p.GetRequiredKeyedService<JoinedInstance>(key)),
            static (p, key) => new JoinedOwnersHealthCheck(p.GetRequiredKeyedService<JoinedInstance>(key)));
    }

    private static void AddChecks(
        IServiceCollection services, string name, Func<IServiceProvider, string, IHealthCheck> engine, Func<IServiceProvider, string, IHealthCheck> owners)
    {
        (string engineKey, string ownersKey) = ConnHealthChecks.NamesOf(name);
        services.AddKeyedSingleton(engineKey, (p, _) => engine(p, name));
        services.AddKeyedSingleton(ownersKey, (p, _) => owners(p, name));
    }
}
