using Conn.ActiveBackup;
using Conn.DataOwners;
using Conn.PubSub.Security;

namespace Conn.Cli.Owners;

/// <summary>One owner as asked for: what it is, where its data is, how it is treated.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">A word of <see cref="OwnerKind"/>.</param>
/// <param name="Drives">Absolute path per drive; of a command owner, that of the program.</param>
internal sealed record OwnerSpec(string Name, string Kind, IReadOnlyDictionary<DriveNumber, string> Drives)
{
    public SecureId Sid { get; init; } = DataOwnerRegistration.SidOf(Name);

    public OwnerPolicy Policy { get; init; }

    public bool CrossMounts { get; init; }

    /// <summary>Whether a restore takes the stored numbers of users and groups.</summary>
    public bool NumericIds { get; init; }

    public TimeSpan? NoProgressTimeout { get; init; }

    public IReadOnlyList<string> RestoreAfter { get; init; } = [];

    /// <summary>Makes the error that something is wrong with <see cref="RestoreAfter"/>, naming its place.</summary>
    public Func<string, UsageException> RestoreAfterWrong { get; init; } = static what => new UsageException(what);

    public Excludes Excludes { get; init; } = new();

    /// <summary>The program of a command owner at its place; null for any other.</summary>
    public CommandOwnerOptions? Command { get; init; }

    /// <summary>Whether it is in another program.</summary>
    public bool IsRemote => Kind == OwnerKind.Remote;

    /// <summary>Whether it has increments; for <see cref="IsRemote"/> alone.</summary>
    public bool HasIncrements { get; init; }

    /// <summary>How long its chains may become.</summary>
    public ChainLimits ChainLimits { get; init; } = ChainLimits.Default;

    public bool IsCommand => OwnerKind.IsCommand(Kind);

    /// <summary>The paths that are the owner's alone: its data, or what its program has staged.</summary>
    public IEnumerable<string> Places => Command is { } command ? [command.StagingFolder ?? CommandDataOwner.DefaultStagingFolder] : Drives.Values;

    /// <summary>Where the data is, as a set keeps it beside it; with letters if there are several places.</summary>
    public string Source => IsRemote ? "" : SourcePlace.Of(Drives);

    /// <summary>The one path of an owner with one drive.</summary>
    public string Path => Drives.Values.First();

    public static OwnerSpec Directory(string name, string path) => new(name, OwnerKind.Directory, OneDrive($"--dir {name}", path));

    public static OwnerSpec Sqlite(string name, string path) => new(name, OwnerKind.OfSqlite(path), OneDrive($"--sqlite {name}", path));

    public static OwnerSpec OfCommand(string name, string program)
    {
        Dictionary<DriveNumber, string> drives = OneDrive($"--command {name}", program);
        return new OwnerSpec(name, OwnerKind.OfCommand(program), drives) { Command = new CommandOwnerOptions { Name = name, Program = drives.Values.First() } };
    }

    private static Dictionary<DriveNumber, string> OneDrive(string option, string path) => new() { [DriveNumber.C] = SourcePath.Full(option, path) };
}
