using Conn.ActiveBackup;
using Conn.Cli.Hosting;
using Conn.Cli.Owners;
using Conn.Hosting;
using Conn.Ipc;
using Conn.PubSub.Security;
using Conn.Repository.Encryption;
using Conn.SystemCalls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Conn.Cli.Daemon;

/// <summary>Makes the host of the daemon out of a configuration.</summary>
internal static class DaemonHost
{
    /// <summary>How long the operation that runs may take to end when the daemon stops.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    /// <param name="current">The configuration.</param>
    /// <param name="repository">The folder of the repository.</param>
    /// <param name="owners">Its owners.</param>
    /// <param name="key">Opens the repository; null if it is not encrypted.</param>
    public static IHost Build(CurrentConfiguration current, string repository, OwnerList owners, RepositoryKey? key)
    {
        Configuration configuration = current.Value;
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        IServiceCollection services = builder.Services;
        services.AddSystemd();
        services.Configure<HostOptions>(static o => o.ShutdownTimeout = StopLimit);
        services.Configure<ConsoleLifetimeOptions>(static o => o.SuppressStatusMessages = true);
        AddLog(builder.Logging);
        // What another daemon may have comes first: the port and the repository before the engine, the socket of AddConn before all.
        if (configuration.Daemon.HttpPort is { } port)
        {
            services.AddHostedService(p => ActivatorUtilities.CreateInstance<HealthServer>(p, port));
        }

        services.AddConn(conn => AddOwners(
            conn.UseRepository(repository).Configure(o => Set(o, current.Value, key)).ListenOnSocket(o => Listen(o, configuration.Daemon)), owners));
        services.AddHostedService(_ => new RepositoryClaim(repository));
        services.AddSingleton<IOptionsChangeTokenSource<ConnOptions>>(current);
        services.AddSingleton<IRequestCheck>(new RequestedSources(owners));
        services.AddHealthChecks().AddConn();
        services.AddSingleton<IOperationListener>(p => new Notifier(
            () => current.Value.Daemon.Notifications, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<Notifier>>()));
        services.AddHostedService<SystemdWatchdog>();
        return builder.Build();
    }

    private static void AddLog(ILoggingBuilder logging)
    {
        // What its services report is the exit code and the sentence of the tool.
        logging.AddFilter("Microsoft", LogLevel.None);
        logging.AddConsole(static o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        if (!Microsoft.Extensions.Hosting.Systemd.SystemdHelpers.IsSystemdService())
        {
            logging.AddSimpleConsole(static o =>
            {
                o.SingleLine = true;
                o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss'Z' ";
                o.UseUtcTimestamp = true;
                o.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
    }

    private static void Set(ConnOptions options, Configuration configuration, RepositoryKey? key)
    {
        options.RepositoryKey = key;
        options.StateFolder = KeySource.StateFolder;
        DaemonSchedule schedule = configuration.Daemon.Schedule;
        foreach (string time in schedule.Times)
        {
            options.Schedule.Add(time);
        }

        options.TimeZone = schedule.TimeZone;
        options.RunMissed = schedule.RunMissed;
        options.Retention = configuration.Daemon.Retention;
        options.NoProgressTimeout = configuration.Timeouts.NoProgress ?? options.NoProgressTimeout;
        options.ReadinessTimeout = configuration.Timeouts.Readiness ?? options.ReadinessTimeout;
        options.Lease = configuration.Timeouts.Lease ?? options.Lease;
    }

    private static void AddOwners(ConnBuilder conn, OwnerList owners)
    {
        foreach (OwnerSpec owner in owners.FreezingFirst)
        {
            DataOwnerRegistration registration = OwnerFactory.Registration(owner, owners);
            _ = owner.IsRemote ? conn.AddRemoteOwner(registration) : conn.AddOwner(registration, _ => OwnerFactory.AtItsPlace(owner, null));
        }
    }

    private static IpcServerOptions Listen(IpcServerOptions options, DaemonConfiguration daemon)
    {
        Dictionary<uint, IpcGrant> grants = daemon.Identities.ToDictionary(static i => i.User, static i => i.Grant);

        // The daemon's own user may do everything, also when the file says less of it.
        grants[LibC.EffectiveUser()] = new IpcGrant { Capabilities = CapabilitySet.All, MayRequest = true, MayStatePlaces = true };
        return options with { SocketPath = daemon.Socket, SocketGroup = daemon.SocketGroup, Identities = new IpcIdentityPolicy(grants) };
    }
}
