using Conn.Cli.Owners;
using Conn.Cli.Usage;
using Conn.Ipc;
using Conn.PubSub.Security;
using Cronos;

namespace Conn.Cli.Daemon;

/// <summary>Reads the members of the configuration that are for the daemon alone.</summary>
internal static class DaemonConfigurationReader
{
    public const string Schedule = "schedule";
    public const string Socket = "socket";
    public const string Http = "http";
    public const string Notify = "notify";
    public const string Identities = "identities";
    public const string Retention = "retention";

    private const string Ping = "ping";
    private const string Command = "command";
    private const int MostConnections = 10_000;

    private static readonly string[] Moments = [DaemonNotification.Start, DaemonNotification.Success, DaemonNotification.Failure];

    /// <exception cref="UsageException">A member is illegal.</exception>
    public static DaemonConfiguration Read(ConfigurationValue root, string folder, IReadOnlyList<OwnerSpec> owners)
    {
        ConfigurationValue? socket = root.Member(Socket)?.Object("path", "group");
        return new DaemonConfiguration
        {
            Schedule = root.Member(Schedule) is { } schedule ? ReadSchedule(schedule) : new DaemonSchedule(),
            Socket = socket?.Text("path") is { } path ? SocketPath(socket.Member("path")!, path, folder) : null,
            SocketGroup = socket?.Member("group") is { } group ? Group(group) : null,
            HttpPort = root.Member(Http)?.Object("port") is { } http
                ? http.Integer("port", 1, ushort.MaxValue) ?? throw http.Wrong("port is missing, for example 9187.") : null,
            Retention = root.Member(Retention) is { } retention ? RetentionConfiguration.Read(retention) : null,
            Notifications = [.. root.List(Notify).Select(n => Notification(n, folder))],
            Identities = ReadIdentities(root, owners),
        };
    }

    private static List<DaemonIdentity> ReadIdentities(ConfigurationValue root, IReadOnlyList<OwnerSpec> owners)
    {
        List<DaemonIdentity> identities = [];
        foreach (ConfigurationValue value in root.List(Identities))
        {
            DaemonIdentity identity = Identity(value, owners);
            identities.Add(identities.Exists(i => i.User == identity.User)
                ? throw value.Member("user")!.Wrong($"user {identity.User} is named twice. Say all that it may do in one place.") : identity);
        }

        return identities;
    }

    private static DaemonSchedule ReadSchedule(ConfigurationValue schedule)
    {
        schedule.Object("times", "timeZone", "runMissed");
        foreach (ConfigurationValue time in schedule.List("times"))
        {
            if (!CronExpression.TryParse(time.AsText(), out CronExpression? cron))
            {
                throw time.Wrong($"'{time.AsText()}' is no cron expression of five fields; \"0 2 * * *\" is each day at 02:00.");
            }

            if (cron.GetNextOccurrence(DateTime.UnixEpoch) is null)
            {
                throw time.Wrong($"'{time.AsText()}' never comes: there is no such day.");
            }
        }

        return schedule.Text("timeZone") is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)
            ? throw schedule.Member("timeZone")!.Wrong($"this machine knows no time zone '{zone}'; an example is Europe/Berlin.")
            : new DaemonSchedule
            {
                Times = schedule.Texts("times"), TimeZone = schedule.Text("timeZone"), RunMissed = schedule.Member("runMissed") is null || schedule.Flag("runMissed"),
            };
    }

    private static string SocketPath(ConfigurationValue value, string path, string folder)
    {
        string full = SourcePath.Full($"{value.Where}: {value.Path}", path, folder);
        int length = System.Text.Encoding.UTF8.GetByteCount(full);
        return length <= IpcSocketPath.MaxBytes ? full
            : throw value.Wrong($"the path has {length} bytes; {IpcSocketPath.MaxBytes} are the most for a socket. Choose a shorter one.");
    }

    private static uint Group(ConfigurationValue group) => AccountNames.FindGroup(group.AsText())
        ?? throw group.Wrong($"this machine has no group '{group.AsText()}'; getent group lists those it has.");

    private static DaemonNotification Notification(ConfigurationValue value, string folder)
    {
        value.Object("on", Command, Ping);
        foreach (ConfigurationValue moment in value.List("on"))
        {
            if (!Moments.Contains(moment.AsText()))
            {
                throw moment.Wrong($"'{moment.AsText()}' is unknown; known are {string.Join(", ", Moments)}.");
            }
        }

        IReadOnlyList<string> command = value.Texts(Command);
        Uri? ping = value.Text(Ping) is not { } address ? null
            : Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? uri
            : throw value.Member(Ping)!.Wrong($"'{address}' is no address; one begins with https:// or http://.");
        if (command.Count == 0 == ping is null)
        {
            throw value.Wrong($"say either {Command}, a list of a program and its arguments, or {Ping}, an address.");
        }

        if (command.Count > 0)
        {
            string program = SourcePath.Full($"{value.Member(Command)!.Where}: {value.Member(Command)!.Path}", command[0], folder);
            command = File.Exists(program) ? [program, .. command.Skip(1)] : throw value.Member(Command)!.Wrong($"there is no program {program}.");
        }

        return new DaemonNotification { On = value.Member("on") is null ? Moments : value.Texts("on"), Command = command, Ping = ping };
    }

    private static DaemonIdentity Identity(ConfigurationValue value, IReadOnlyList<OwnerSpec> owners)
    {
        value.Object("user", "owners", "capabilities", "mayRequest", "mayStatePlaces", "maxConnections");
        string name = value.RequiredText("user");
        uint user = AccountNames.FindUser(name)
            ?? throw value.Member("user")!.Wrong($"this machine has no user '{name}'; getent passwd lists those it has.");
        IpcGrant grant = new()
        {
            SecureIds = [.. value.List("owners").Select(o => Sid(o, owners))],
            Capabilities = CapabilitySet.Of([.. value.List("capabilities").Select(Capability)]),
            MayConnectOwners = value.List("owners").Count > 0,
            MayRequest = value.Flag("mayRequest"),
            MayStatePlaces = value.Flag("mayStatePlaces"),
        };
        return new DaemonIdentity(user, value.Integer("maxConnections", 1, MostConnections) is { } most ? grant with { MaxConnections = most } : grant);
    }

    private static SecureId Sid(ConfigurationValue name, IReadOnlyList<OwnerSpec> owners)
    {
        if (owners.FirstOrDefault(o => o.Name == name.AsText()) is not { } owner)
        {
            string? meant = Nearest.Of(name.AsText(), owners.Select(static o => o.Name));
            throw name.Wrong($"there is no owner '{name.AsText()}'{(meant is null ? "." : $"; did you mean {meant}?")}");
        }

        return owner.IsRemote ? owner.Sid : throw name.Wrong($"owner {owner.Name} runs in the daemon; only one of kind {OwnerKind.Remote} is another program's.");
    }

    private static Capability Capability(ConfigurationValue value) =>
        Enum.TryParse(value.AsText(), ignoreCase: false, out Capability capability) && Enum.IsDefined(capability) ? capability
            : throw value.Wrong($"'{value.AsText()}' is no capability; known are {string.Join(", ", Enum.GetNames<Capability>())}.");
}
