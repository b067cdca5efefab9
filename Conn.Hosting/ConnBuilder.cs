using System.Diagnostics.CodeAnalysis;
using Conn.ActiveBackup;
using Conn.DataOwners;
using Conn.Hosting.Instances;
using Conn.Hosting.Serving;
using Conn.Ipc;
using Conn.Repository.Encryption;
using Conn.Repository.Retention;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Conn.Hosting;

/// <summary>Says what an instance of Conn consists of. The order of the owners is the order in which they take part.</summary>
public sealed class ConnBuilder
{
    private readonly List<OwnerEntry> _owners = [];

    internal ConnBuilder(IServiceCollection services, string name)
    {
        Services = services;
        Name = name;
    }

    /// <summary>Gets the services of the host.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Gets the name of the instance.</summary>
    public string Name { get; }

    internal IReadOnlyList<OwnerEntry> Owners => _owners;

    /// <summary>Whether the instance joins a daemon, and has no engine of its own.</summary>
    internal bool JoinsDaemon { get; private set; }

    /// <summary>Changes the options.</summary>
    /// <param name="configure">Changes them.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder Configure(Action<ConnOptions> configure)
    {
        Services.Configure(Name, configure);
        return this;
    }

    /// <summary>Takes the options from configuration. Members have the names of <see cref="ConnOptions"/>.</summary>
    /// <param name="section">The section.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder Bind(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        Services.AddSingleton<IOptionsChangeTokenSource<ConnOptions>>(new ConfigurationChangeTokenSource<ConnOptions>(Name, section));
        return Configure(o => OptionsSection.Read(section, o));
    }

    /// <summary>Says where the sets go. The repository must exist; see <see cref="CreateIfMissing"/>.</summary>
    /// <param name="folder">Path of its folder.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder UseRepository(string folder) => Configure(o => o.Repository = folder);

    /// <summary>Says what opens the repository, which is encrypted. A repository that the host makes is then encrypted too.</summary>
    /// <param name="key">Gives the key when the host starts.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder UnlockWith(Func<RepositoryKey> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Configure(o => o.RepositoryKey = key());
    }

    /// <summary>Makes the repository when the host starts and there is none. A mistyped path becomes a new repository.</summary>
    /// <returns>This builder.</returns>
    public ConnBuilder CreateIfMissing() => Configure(static o => o.CreateRepository = true);

    /// <summary>Joins a daemon in place of an engine and a repository of its own: another process of this machine that holds both and serves a socket by
    /// Conn.Ipc. The daemon makes the backups, and its configuration names the owners of this program.</summary>
    /// <param name="socketPath">Full path of the daemon's socket; null, the default, for <see cref="ConnOptions.DaemonSocket"/>.</param>
    /// <returns>This builder.</returns>
    /// <remarks>The host starts also while no daemon is there, and connects as soon as there is one. <see cref="UseRepository"/>, <see cref="CreateIfMissing"/>
    /// and <see cref="Schedule"/> are the daemon's: with one of them the host does not start.</remarks>
    public ConnBuilder ConnectToDaemon(string? socketPath = null)
    {
        JoinsDaemon = true;
        return socketPath is null ? this : Configure(o => o.DaemonSocket = socketPath);
    }

    /// <summary>Backs up each day at a time.</summary>
    /// <param name="time">Hours and minutes, for example 02:00, in the zone of <see cref="ConnOptions.TimeZone"/>.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException"><paramref name="time"/> is no time of a day.</exception>
    public ConnBuilder Daily(string time)
    {
        TimeOnly at = TimeOnly.ParseExact(time, ["HH:mm", "H:mm"], System.Globalization.CultureInfo.InvariantCulture);
        return Schedule(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{at.Minute} {at.Hour} * * *"));
    }

    /// <summary>Backs up at the times of a cron expression, beside those that were given before.</summary>
    /// <param name="cron">Five fields: minute, hour, day of month, month, day of week.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder Schedule(string cron) => Configure(o => o.Schedule.Add(cron));

    /// <summary>Removes old sets after each backup that committed a set and did not fail: those that the policy does not keep are hidden, and deleted when they were
    /// hidden for the grace period. Its failure is logged and told to the listeners, and changes nothing of the backup.</summary>
    /// <param name="policy">What is kept; at least one rule.</param>
    /// <param name="grace">How long a set stays hidden; null, the default, for 7 days.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder Retain(RetentionPolicy policy, RetentionPeriod? grace = null) =>
        Configure(o => o.Retention = new RetentionRequest { Policy = policy, Grace = grace ?? RetentionRequest.DefaultGrace });

    /// <summary>Adds a folder. What belongs to the repository or to other owners is left out of it.</summary>
    /// <param name="name">The owner's name.</param>
    /// <param name="path">Path of the folder.</param>
    /// <param name="configure">Changes its options, for example what is excluded; null for the defaults.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder AddDirectory(string name, string path, Func<DirectoryOwnerOptions, DirectoryOwnerOptions>? configure = null) =>
        AddOwner(name, _ =>
        {
            DirectoryOwnerOptions options = new() { Name = name, Path = path };
            return new DirectoryDataOwner(configure?.Invoke(options) ?? options);
        });

    /// <summary>Adds a SQLite database, which may be in use.</summary>
    /// <param name="name">The owner's name.</param>
    /// <param name="path">Path of the database file.</param>
    /// <param name="configure">Changes its options; null for the defaults.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder AddSqlite(string name, string path, Func<SqliteOwnerOptions, SqliteOwnerOptions>? configure = null) =>
        AddOwner(name, _ =>
        {
            SqliteOwnerOptions options = new() { Name = name, DatabasePath = path };
            return new SqliteDataOwner(configure?.Invoke(options) ?? options);
        });

    /// <summary>Adds the data of another service, which a program backs up and restores.</summary>
    /// <param name="name">The owner's name.</param>
    /// <param name="program">Path of the program.</param>
    /// <param name="configure">Changes its options, for example its arguments; null for the defaults.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder AddCommand(string name, string program, Func<CommandOwnerOptions, CommandOwnerOptions>? configure = null) =>
        AddOwner(name, _ =>
        {
            CommandOwnerOptions options = new() { Name = name, Program = program };
            return new CommandDataOwner(configure?.Invoke(options) ?? options);
        });

    /// <summary>Adds an owner that the container makes, in a scope of its own that lives as long as the owner: its constructor gets services, scoped ones
    /// too, and the name if it has a parameter of type string.</summary>
    /// <typeparam name="TOwner">The class of the owner.</typeparam>
    /// <param name="name">The owner's name.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder AddOwner<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TOwner>(string name)
        where TOwner : DataOwner
    {
        bool takesName = typeof(TOwner).GetConstructors().Any(static c => c.GetParameters().Any(static p => p.ParameterType == typeof(string)));
        return AddOwner(name, provider => takesName
            ? ActivatorUtilities.CreateInstance<TOwner>(provider, name) : ActivatorUtilities.CreateInstance<TOwner>(provider));
    }

    /// <summary>Adds an owner that a function makes.</summary>
    /// <param name="name">The owner's name.</param>
    /// <param name="make">Makes it when the host starts, with the services of a scope of its own. The host disposes it.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder AddOwner(string name, Func<IServiceProvider, DataOwner> make)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(make);
        _owners.Add(new OwnerEntry(name, make));
        return this;
    }

    /// <summary>Adds an owner with a registration of the caller's choice.</summary>
    /// <param name="registration">What it is registered with.</param>
    /// <param name="make">Makes its callbacks when the host starts, with the services of a scope of its own. The host disposes them.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder AddOwner(DataOwnerRegistration registration, Func<IServiceProvider, IActiveBackupDataClient> make)
    {
        ArgumentNullException.ThrowIfNull(registration);
        ArgumentNullException.ThrowIfNull(make);
        _owners.Add(new OwnerEntry(registration.Name, make, registration));
        return this;
    }

    /// <summary>Adds an owner of another process, which joins through the socket of this host: see <see cref="ListenOnSocket"/>. A process that is not there when an
    /// operation begins has not become ready in time; whether that ends the operation is its policy.</summary>
    /// <param name="registration">What it is registered with. Its process connects with the same id.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder AddRemoteOwner(DataOwnerRegistration registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        _owners.Add(new OwnerEntry(registration.Name, null, registration));
        return this;
    }

    /// <summary>Serves bus, engine and requests to other processes of the machine, over a Unix domain socket. They use <see cref="ConnRequester"/>, the tool
    /// <c>conn</c>, and the classes of Conn.Ipc.</summary>
    /// <param name="configure">Changes the options, for example the path of the socket and who may do what; null for the socket of this user, for this user
    /// alone.</param>
    /// <returns>This builder.</returns>
    public ConnBuilder ListenOnSocket(Func<IpcServerOptions, IpcServerOptions>? configure = null)
    {
        Services.AddSingleton<IHostedService>(provider => JoinsDaemon ? throw new InvalidOperationException(
            "The instance joins a daemon, which serves the socket: call ListenOnSocket or ConnectToDaemon, not both.") : new SocketService(
            provider.GetRequiredKeyedService<ConnInstance>(Name), provider.GetRequiredKeyedService<BackupService>(Name),
            provider.GetServices<IRequestCheck>(), configure));
        return this;
    }
}
