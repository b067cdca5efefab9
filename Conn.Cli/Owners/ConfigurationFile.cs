using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Conn.ActiveBackup;
using Conn.DataOwners;
using Conn.PubSub.Security;

namespace Conn.Cli.Owners;

/// <summary>Reads the JSON file of --config: the shape is in docs/cli.md. Unknown members are refused, so that a slip is not silently a default.</summary>
internal static class ConfigurationFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true,
    };

    /// <exception cref="UsageException">The file is missing, not JSON, or says something illegal.</exception>
    public static Configuration Read(string file)
    {
        try
        {
            FileModel model = JsonSerializer.Deserialize<FileModel>(File.ReadAllText(file), Options) ?? throw new UsageException($"{file} is empty.");
            string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
            return new Configuration
            {
                Repository = model.Repository is null ? null : SourcePath.Full("--config: repository", model.Repository, folder),
                Owners = [.. (model.Owners ?? []).Select(o => Spec(o ?? throw new UsageException($"--config {file}: an owner is null."), folder))],
                Timeouts = new OwnerTimeouts
                {
                    NoProgress = Seconds(model.Timeouts?.NoProgressSeconds, "noProgressSeconds"),
                    Readiness = Seconds(model.Timeouts?.ReadinessSeconds, "readinessSeconds"),
                    Lease = Seconds(model.Timeouts?.LeaseSeconds, "leaseSeconds"),
                },
            };
        }
        catch (JsonException e)
        {
            throw new UsageException($"--config {file}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--config {file} cannot be read: {e.Message}");
        }
    }

    private static OwnerSpec Spec(OwnerModel model, string folder)
    {
        string name = OwnerName.Check(model.Name ?? throw new UsageException("--config: an owner has no name."));
        if (model.Path is not null && model.Drives is not null)
        {
            throw new UsageException($"--config: owner {name} has both path and drives; say one of them.");
        }

        if (model.Kind == OwnerKind.Command != model.Command is not null)
        {
            throw new UsageException(model.Command is null ? $"--config: owner {name}: kind {OwnerKind.Command} needs the member command, with its program."
                : $"--config: owner {name}: the member command is for kind {OwnerKind.Command}.");
        }

        CommandOwnerOptions? command = model.Command is null ? null : CommandConfiguration.Read(name, model.Command, folder);
        if (command is not null && (model.Path ?? model.Drives ?? model.Exclude ?? (object?)model.ExcludeFile ?? model.ExcludeIfPresent) is not null)
        {
            throw new UsageException($"--config: owner {name}: path, drives and what is excluded are for other kinds; a command owner has a program.");
        }

        Dictionary<DriveNumber, string> drives = command is null ? Drives(name, model, folder) : new() { [DriveNumber.C] = command.Program };
        string kind = model.Kind switch
        {
            OwnerKind.Directory => OwnerKind.Directory,
            OwnerKind.Command => OwnerKind.OfCommand(command!.Program),
            OwnerKind.Sqlite when drives.Count == 1 => OwnerKind.OfSqlite(drives.Values.First()),
            OwnerKind.Sqlite => throw new UsageException($"--config: owner {name}: a SQLite owner has one drive."),
            _ => throw new UsageException(
                $"--config: owner {name}: kind '{model.Kind}' is unknown; known are {OwnerKind.Directory}, {OwnerKind.Sqlite} and {OwnerKind.Command}."),
        };
        return new OwnerSpec(name, kind, drives)
        {
            Sid = model.Sid is null ? DataOwnerRegistration.SidOf(name) : Sid(name, model.Sid),
            Policy = model.BestEffort ? OwnerPolicy.BestEffort : OwnerPolicy.Required,
            CrossMounts = model.CrossMounts,
            NoProgressTimeout = Seconds(model.NoProgressSeconds, "noProgressSeconds"),
            Command = command,
            RestoreAfter = model.RestoreAfter ?? [],
            Excludes = new Excludes
            {
                Patterns =
                [
                    .. model.Exclude ?? [],
                    .. model.ExcludeFile is { } file ? Excludes.ReadFile("--config: excludeFile", Path.GetFullPath(file, folder)) : [],
                ],
                Caches = model.ExcludeCaches,
                IfPresent = model.ExcludeIfPresent ?? [],
            },
        };
    }

    private static Dictionary<DriveNumber, string> Drives(string name, OwnerModel model, string folder)
    {
        Dictionary<DriveNumber, string> drives = [];
        foreach ((string letter, string path) in model.Drives ?? new Dictionary<string, string>
        {
            ["C"] = model.Path ?? throw new UsageException($"--config: owner {name} has neither path nor drives."),
        })
        {
            if (string.IsNullOrEmpty(path) || path.Contains('\0', StringComparison.Ordinal))
            {
                throw new UsageException($"--config: owner {name}: the path of drive {letter} is empty or no path.");
            }

            if (letter.Length != 1 || !char.IsAsciiLetter(letter[0])
                || !drives.TryAdd(DriveNumber.FromLetter(letter[0]), SourcePath.Full($"--config: owner {name}", path, folder)))
            {
                throw new UsageException($"--config: owner {name}: '{letter}' is not a drive of its own; drives are letters A to Z, each once.");
            }
        }

        return drives;
    }

    private static SecureId Sid(string name, string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value) && value != 0
            ? new SecureId(value) : throw new UsageException($"--config: owner {name}: sid '{text}' is not 0x and 1 to 8 hexadecimal digits other than 0.");

    internal static TimeSpan? Seconds(double? seconds, string what) => seconds is null ? null : seconds is >= 0.001 and <= 86_400
        ? TimeSpan.FromSeconds(seconds.Value) : throw new UsageException($"--config: {what} must be 0.001 to 86400.");

    private sealed record FileModel(string? Repository, OwnerModel?[]? Owners, TimeoutModel? Timeouts);

    private sealed record TimeoutModel(double? NoProgressSeconds, double? ReadinessSeconds, double? LeaseSeconds);

    private sealed record OwnerModel(string? Name, string? Kind, string? Path, Dictionary<string, string>? Drives, string? Sid, bool BestEffort,
        bool CrossMounts, double? NoProgressSeconds, string[]? RestoreAfter, string[]? Exclude, string? ExcludeFile, bool ExcludeCaches,
        string[]? ExcludeIfPresent, CommandModel? Command);
}
