using Xunit;

[assembly: AssemblyFixture(typeof(Conn.Packages.Tests.PackedFeed))]

namespace Conn.Packages.Tests;

/// <summary>A folder with the packages of this clone, packed once for all tests, and a place outside the clone for the programs that use them.</summary>
public sealed class PackedFeed : IAsyncLifetime
{
    /// <summary>The version of the packages. No other package has it, so nothing that was restored earlier can stand in for them.</summary>
    public const string Version = "0.1.0-packtest";

    private readonly string _root = Directory.CreateTempSubdirectory("conn-packages-").FullName;

    /// <summary>Gets the folder that holds the packages.</summary>
    public string Folder => Path.Combine(_root, "feed");

    /// <summary>Gets the paths of the packages.</summary>
    public IEnumerable<string> Packages => Directory.EnumerateFiles(Folder, "*.nupkg").Order(StringComparer.Ordinal);

    /// <summary>Gets the paths of the symbol packages.</summary>
    public IEnumerable<string> SymbolPackages => Directory.EnumerateFiles(Folder, "*.snupkg").Order(StringComparer.Ordinal);

    /// <summary>Opens a package.</summary>
    public Package Open(string id) => new(Path.Combine(Folder, $"{id}.{Version}.nupkg"));

    /// <summary>Makes an empty folder outside the clone.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_root, name)).FullName;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // The packages of this clone go to a folder of their own; those of others are taken from where they are already.
        Environment.SetEnvironmentVariable("NUGET_FALLBACK_PACKAGES", MachinePackages);
        _ = await Command.DotnetAsync(Clone.Root, "pack", "Conn.sln", "-c", Clone.Configuration, "--no-restore", "-o", Folder, $"-p:PackageVersion={Version}");
        Environment.SetEnvironmentVariable("NUGET_PACKAGES", Path.Combine(_root, "restored"));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return default;
    }

    private static string MachinePackages { get; } = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
