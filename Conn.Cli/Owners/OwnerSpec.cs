using Conn.ActiveBackup.Contract;
using Conn.PubSub.Security;

namespace Conn.Cli.Owners;

/// <summary>One owner as asked for: what it is, where its data is, how it is treated.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">A word of <see cref="OwnerKind"/>.</param>
/// <param name="Drives">Absolute path per drive.</param>
internal sealed record OwnerSpec(string Name, string Kind, IReadOnlyDictionary<DriveNumber, string> Drives)
{
    public SecureId Sid { get; init; } = OwnerName.SidOf(Name);

    public OwnerPolicy Policy { get; init; }

    public bool CrossMounts { get; init; }

    public TimeSpan? NoProgressTimeout { get; init; }

    public IReadOnlyList<string> RestoreAfter { get; init; } = [];

    /// <summary>The one path of an owner with one drive.</summary>
    public string Path => Drives.Values.First();

    public static OwnerSpec Directory(string name, string path) => new(name, OwnerKind.Directory, OneDrive(path));

    public static OwnerSpec Sqlite(string name, string path) => new(name, OwnerKind.OfSqlite(path), OneDrive(path));

    private static Dictionary<DriveNumber, string> OneDrive(string path) => new() { [DriveNumber.C] = System.IO.Path.GetFullPath(path) };
}
