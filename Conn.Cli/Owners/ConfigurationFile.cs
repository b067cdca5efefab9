using System.Globalization;
using Conn.ActiveBackup;
using Conn.Cli.Daemon;
using Conn.DataOwners;
using Conn.PubSub.Security;

namespace Conn.Cli.Owners;

/// <summary>Reads the JSON file of --config: the shape is in docs/cli.md. What is not understood is refused, so that a slip is not silently a default.</summary>
internal static class ConfigurationFile
{
    private const string CrossMounts = "crossMounts";
    private const string NumericIds = "numericIds";
    private const string Exclude = "exclude";
    private const string ExcludeFile = "excludeFile";
    private const string ExcludeCaches = "excludeCaches";
    private const string ExcludeIfPresent = "excludeIfPresent";
    private const string NoProgress = "noProgressSeconds";
    private const string Readiness = "readinessSeconds";
    private const string Lease = "leaseSeconds";
    private const string Program = "command";
    private const string Increments = "increments";
    private const string Chain = "chain";

    private static readonly string[] OfDirectories = [CrossMounts, NumericIds, Exclude, ExcludeFile, ExcludeCaches, ExcludeIfPresent];
    private static readonly string[] OfData = ["path", "drives", .. OfDirectories];

    /// <exception cref="UsageException">The file is missing, not JSON, or says something illegal.</exception>
    public static Configuration Read(string file)
    {
        string text;
        string folder;
        try
        {
            folder = Path.GetDirectoryName(SourcePath.Full("--config", file))!;
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--config {file} cannot be read: {e.Message}");
        }

        ConfigurationValue root = ConfigurationValue.Parse(file, text).Object(
            "$schema", "repository", "key", "owners", "timeouts", DaemonConfigurationReader.Schedule, DaemonConfigurationReader.Socket, DaemonConfigurationReader.Http,
            DaemonConfigurationReader.Notify, DaemonConfigurationReader.Identities, DaemonConfigurationReader.Retention);
        _ = root.Text("$schema");
        OwnerSpec[] owners = [.. root.List("owners").Select(o => Owner(o, folder))];
        RequireOnce(root.List("owners"), owners);
        ConfigurationValue? timeouts = root.Member("timeouts")?.Object(NoProgress, Readiness, Lease);
        return new Configuration
        {
            Repository = root.Text("repository") is { } repository ? Full(root, "repository", repository, folder) : null,
            Key = root.Member("key") is { } key ? Key(key, folder) : new KeyConfiguration(),
            Owners = owners,
            Daemon = DaemonConfigurationReader.Read(root, folder, owners),
            Timeouts = new OwnerTimeouts
            {
                NoProgress = timeouts?.Seconds(NoProgress), Readiness = timeouts?.Seconds(Readiness), Lease = timeouts?.Seconds(Lease),
            },
        };
    }

    private static void RequireOnce(IReadOnlyList<ConfigurationValue> values, OwnerSpec[] owners)
    {
        for (int i = 0; i < owners.Length; i++)
        {
            try
            {
                _ = OwnerList.Of(owners.Take(i + 1));
            }
            catch (UsageException e)
            {
                throw values[i].Wrong(e.Message);
            }
        }
    }

    private static KeyConfiguration Key(ConfigurationValue key, string folder)
    {
        key.Object("file", "passphraseFile", "passphraseCommand");
        ConfigurationValue? said = key.Members.Values.FirstOrDefault();
        KeyConfiguration read = new()
        {
            KeyFile = key.Text("file") is { } file ? Full(key, "file", file, folder) : null,
            PassphraseFile = key.Text("passphraseFile") is { } passphrase ? Full(key, "passphraseFile", passphrase, folder) : null,
            PassphraseCommand = key.Text("passphraseCommand"),
            Where = $"{said?.Where}: {said?.Path}",
        };
        return read.Count == 1 ? read : throw key.Wrong("exactly one of file, passphraseFile and passphraseCommand says where the key is.");
    }

    private static OwnerSpec Owner(ConfigurationValue owner, string folder)
    {
        owner.Object(["name", "kind", "path", "drives", "sid", "bestEffort", .. OfDirectories, "restoreAfter", NoProgress, Program, Increments, Chain]);
        string name = Named(owner);
        CommandOwnerOptions? command = Command(owner, name, folder);
        bool isRemote = owner.RequiredText("kind") == OwnerKind.Remote;
        RequireMembersOfKind(owner, isRemote);
        Dictionary<DriveNumber, string> drives = isRemote ? [] : command is null ? Drives(owner, folder) : new() { [DriveNumber.C] = command.Program };
        string kind = owner.RequiredText("kind") switch
        {
            OwnerKind.Directory => OwnerKind.Directory,
            OwnerKind.Command => OwnerKind.OfCommand(command!.Program),
            OwnerKind.Remote => OwnerKind.Remote,
            OwnerKind.Sqlite when drives.Count > 1 => throw owner.Member("drives")!.Wrong("a SQLite owner has one drive."),
            OwnerKind.Sqlite when OfDirectories.FirstOrDefault(m => owner.Member(m) is not null) is { } member =>
                throw owner.Member(member)!.Wrong("this is for directory owners; a SQLite owner hands over its whole database."),
            OwnerKind.Sqlite => OwnerKind.OfSqlite(drives.Values.First()),
            var other => throw owner.Member("kind")!.Wrong($"'{other}' is unknown; known are {OwnerKind.Directory}, {OwnerKind.Sqlite}, "
                + $"{OwnerKind.Command} and {OwnerKind.Remote}."),
        };
        IReadOnlyList<string> after = owner.Texts("restoreAfter");
        OwnerSpec spec = new(name, kind, drives)
        {
            Sid = owner.Text("sid") is { } sid ? Sid(owner, sid) : DataOwnerRegistration.SidOf(name),
            Policy = owner.Flag("bestEffort") ? OwnerPolicy.BestEffort : OwnerPolicy.Required,
            CrossMounts = owner.Flag(CrossMounts),
            NumericIds = owner.Flag(NumericIds),
            NoProgressTimeout = owner.Seconds(NoProgress),
            Command = command,
            HasIncrements = owner.Flag(Increments),
            ChainLimits = owner.Member(Chain) is { } chain ? RetentionConfiguration.ReadChain(chain) : ChainLimits.Default,
            RestoreAfter = after,
            RestoreAfterWrong = what => owner.Member("restoreAfter")!.Wrong(what),
            Excludes = new Excludes
            {
                Patterns =
                [
                    .. owner.Texts(Exclude),
                    .. owner.Text(ExcludeFile) is { } file ? Excludes.ReadFile($"{owner.Member(ExcludeFile)!.Where}: {owner.Path}.{ExcludeFile}:",
                        Full(owner, ExcludeFile, file, folder)) : [],
                ],
                Caches = owner.Flag(ExcludeCaches),
                IfPresent = owner.Texts(ExcludeIfPresent),
            },
        };
        try
        {
            OwnerFactory.Check(spec);
        }
        catch (UsageException e)
        {
            throw owner.Wrong(e.Message);
        }

        return spec;
    }

    private static void RequireMembersOfKind(ConfigurationValue owner, bool isRemote)
    {
        if (!isRemote && owner.Member(Increments) is { } increments)
        {
            throw increments.Wrong($"this is for kind {OwnerKind.Remote}.");
        }

        if (isRemote && OfData.FirstOrDefault(m => owner.Member(m) is not null) is { } other)
        {
            throw owner.Member(other)!.Wrong($"this is for other kinds; an owner of kind {OwnerKind.Remote} keeps its data in its own program.");
        }
    }

    /// <summary>Null for the other kinds.</summary>
    private static CommandOwnerOptions? Command(ConfigurationValue owner, string name, string folder)
    {
        ConfigurationValue? program = owner.Member(Program);
        if (owner.RequiredText("kind") != OwnerKind.Command)
        {
            return program is null ? null : throw program.Wrong($"this is for kind {OwnerKind.Command}.");
        }

        return OfData.FirstOrDefault(m => owner.Member(m) is not null) is { } other
            ? throw owner.Member(other)!.Wrong("this is for other kinds; a command owner has a program.")
            : CommandConfiguration.Read(
                name, program ?? throw owner.Wrong($"{Program} is missing; kind {OwnerKind.Command} needs it, with its program."), folder);
    }

    private static string Named(ConfigurationValue owner)
    {
        string name = owner.RequiredText("name");
        try
        {
            return OwnerName.Check(name);
        }
        catch (UsageException e)
        {
            throw owner.Member("name")!.Wrong(e.Message);
        }
    }

    private static Dictionary<DriveNumber, string> Drives(ConfigurationValue owner, string folder)
    {
        if (owner.Text("path") is { } path)
        {
            return owner.Member("drives") is { } both ? throw both.Wrong("there is path as well; say one of them.")
                : new() { [DriveNumber.C] = Full(owner, "path", path, folder) };
        }

        ConfigurationValue value = owner.Member("drives") ?? throw owner.Wrong("path or drives is missing.");
        value.Object([.. value.Members.Keys]);
        if (value.Members.Count == 0)
        {
            throw value.Wrong("at least one drive is expected, for example \"C\": \"notes\".");
        }

        Dictionary<DriveNumber, string> drives = [];
        foreach (string letter in value.Members.Keys)
        {
            if (letter.Length != 1 || !char.IsAsciiLetter(letter[0])
                || !drives.TryAdd(DriveNumber.FromLetter(letter[0]), Full(value, letter, value.RequiredText(letter), folder)))
            {
                throw value.Members[letter].Wrong($"'{letter}' is not a drive of its own; drives are letters A to Z, each once.");
            }
        }

        return drives;
    }

    private static string Full(ConfigurationValue value, string member, string path, string folder) =>
        SourcePath.Full($"{value.Member(member)!.Where}: {value.Member(member)!.Path}", path, folder);

    private static SecureId Sid(ConfigurationValue owner, string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value) && value != 0
            ? new SecureId(value) : throw owner.Member("sid")!.Wrong($"'{text}' is not 0x and 1 to 8 hexadecimal digits other than 0.");
}
