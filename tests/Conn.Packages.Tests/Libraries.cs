namespace Conn.Packages.Tests;

/// <summary>The libraries that Conn ships, and the packages that each of them names.</summary>
internal static class Libraries
{
    // What every user of the repository gets with it.
    private static readonly string[] OfTheRepository =
        ["MessagePack", "MessagePack.Annotations", "Microsoft.NET.StringTools", "NSec.Cryptography", "System.IO.Hashing", "ZstdSharp.Port", "libsodium"];

    // What the engine and the ready-made owners bring, pinned for those who reference a library above them.
    private static readonly string[] UnderHosting =
    [
        "Cronos", "Microsoft.Data.Sqlite.Core", "PolyType", "SQLitePCLRaw.bundle_e_sqlite3", "SQLitePCLRaw.core", "Stateless", "StreamJsonRpc", "System.Reactive",
        .. OfTheRepository,
    ];

    /// <summary>Gets the names of the packages that a library depends on, by the library's name, in ordinal order.</summary>
    /// <remarks>
    /// A package brings only what its user needs. A user of the bus gets System.Reactive, the author of an owner gets Stateless too, and neither gets
    /// MessagePack, zstd or SQLite.
    /// </remarks>
    public static IReadOnlyDictionary<string, string[]> Dependencies { get; } = new Dictionary<string, string[]>
    {
        ["Conn.Core"] = [],
        ["Conn.PubSub"] = ["Conn.Core", "System.Reactive"],
        ["Conn.PubSub.Extensions"] = Sorted("Conn.PubSub", "MessagePack", "MessagePack.Annotations", "Microsoft.NET.StringTools", "System.Reactive"),
        ["Conn.ActiveBackup"] = Sorted("Conn.PubSub", "Stateless", "System.Reactive"),
        ["Conn.Repository"] = Sorted(["Conn.Core", .. OfTheRepository]),
        ["Conn.Engine"] = Sorted(["Conn.ActiveBackup", "Conn.Repository", "Stateless", "System.Reactive", .. OfTheRepository]),
        ["Conn.DataOwners"] = Sorted(
            "Conn.ActiveBackup", "Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.bundle_e_sqlite3", "SQLitePCLRaw.core", "Stateless", "System.IO.Hashing",
            "System.Reactive"),
        ["Conn.Ipc"] = Sorted(
            "Conn.ActiveBackup", "Conn.PubSub", "MessagePack", "MessagePack.Annotations", "Microsoft.NET.StringTools", "PolyType", "Stateless", "StreamJsonRpc", "System.Reactive"),
        ["Conn.Hosting"] = Sorted([
            "Conn.DataOwners", "Conn.Engine", "Conn.Ipc", "Microsoft.Extensions.Configuration.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions",
            "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options",
            "Microsoft.Extensions.Options.ConfigurationExtensions", .. UnderHosting]),
        ["Conn.Hosting.AspNetCore"] = Sorted(["Conn.Hosting", .. UnderHosting]),
        ["Conn.Testing"] = Sorted([
            "Conn.Engine", "Conn.PubSub.Extensions", "Microsoft.Reactive.Testing", "Stateless", "System.Reactive", "System.Reactive.Core",
            "System.Reactive.Interfaces", "System.Reactive.Linq", "System.Reactive.PlatformServices", "xunit.v3.assert", "xunit.v3.extensibility.core",
            .. OfTheRepository]),
    };

    /// <summary>Gets the names of the libraries, in ordinal order.</summary>
    public static IEnumerable<string> Names => Dependencies.Keys.Order(StringComparer.Ordinal);

    private static string[] Sorted(params string[] names) => [.. names.Order(StringComparer.Ordinal)];
}
