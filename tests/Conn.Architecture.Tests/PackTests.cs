using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using Xunit;

namespace Conn.Architecture.Tests;

/// <summary>What a user of the packages does first, from an empty folder: reference, restore, build, run. One test, because it takes long.</summary>
public sealed class PackTests : IDisposable
{
    private const string Version = "0.0.1-packtest";

    // A package brings only what its user needs: a user of the bus gets System.Reactive, an author of an owner Stateless too, and neither gets MessagePack.
    private static readonly Dictionary<string, string[]> Dependencies = new()
    {
        ["Conn.PubSub"] = ["System.Reactive"],
        ["Conn.PubSub.Extensions"] = ["Conn.PubSub", "MessagePack", "Microsoft.NET.StringTools", "System.Reactive"],
        ["Conn.ActiveBackup"] = ["Conn.PubSub", "Stateless", "System.Reactive"],
        ["Conn.Repository"] = ["MessagePack", "Microsoft.NET.StringTools", "System.IO.Hashing", "ZstdSharp.Port"],
        ["Conn.Engine"] = [
            "Conn.ActiveBackup", "Conn.Repository", "MessagePack", "Microsoft.NET.StringTools", "Stateless", "System.IO.Hashing", "System.Reactive", "ZstdSharp.Port"],
        ["Conn.DataOwners"] = ["Conn.ActiveBackup", "Microsoft.Data.Sqlite", "Stateless", "System.IO.Hashing", "System.Reactive"],
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("conn-pack-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_program_in_an_empty_folder_restores_builds_and_runs_on_the_packages()
    {
        string packages = Path.Combine(_folder, "packages");
        string user = Directory.CreateDirectory(Path.Combine(_folder, "user")).FullName;
        _ = await DotnetAsync(SourceTree.Root, "pack", "Conn.sln", "-c", SourceTree.Configuration, "--no-build", "-p:BuildProjectReferences=false", "-o", packages, $"-p:PackageVersion={Version}");
        Assert.Equal(
            SourceTree.PackableProjects.Select(r => $"{r.Data}.{Version}.nupkg").Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(packages, "*.nupkg").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));

        foreach ((string project, string[] expected) in Dependencies)
        {
            Assert.Equal(expected.Order(StringComparer.Ordinal), DependenciesOf(Path.Combine(packages, $"{project}.{Version}.nupkg")));
        }

        await WriteAsync(user, "nuget.config", NugetConfig(packages));
        await WriteAsync(user, "user.csproj", Project);
        await WriteAsync(user, "Program.cs", Program);
        _ = await DotnetAsync(user, "build", "-c", "Release", "-p:UseSharedCompilation=false");
        string output = await DotnetAsync(user, Path.Combine("bin", "Release", "net10.0", "user.dll"));

        Assert.Equal("InUse 3@200 facade True owner X", output.Trim());
    }

    private static IEnumerable<string> DependenciesOf(string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        using Stream specification = archive.Entries.Single(static e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return [.. XDocument.Load(specification).Descendants().Where(static e => e.Name.LocalName == "dependency")
            .Select(static e => e.Attribute("id")!.Value).Distinct().Order(StringComparer.Ordinal)];
    }

    // The default sources stay; what was restored for this repository already is not fetched again.
    private static string NugetConfig(string packages) =>
        $"""
        <configuration>
          <config><add key="globalPackagesFolder" value="{Path.Combine(packages, "unpacked")}" /></config>
          <fallbackPackageFolders><add key="machine" value="{MachinePackages}" /></fallbackPackageFolders>
          <packageSources><add key="packed" value="{packages}" /></packageSources>
        </configuration>
        """;

    private static string MachinePackages => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    // The one line a user may need beyond the two references: where the package source has no System.Reactive.PlatformServices 3.1.1
    // (an empty package that Microsoft.Reactive.Testing still names) restore fails without it.
    private static string Project =>
        $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <NuGetAudit>false</NuGetAudit>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Conn.Testing" Version="{Version}" />
            <PackageReference Include="Conn.DataOwners" Version="{Version}" />
            <PrunePackageReference Include="System.Reactive.PlatformServices" Version="3.1.1" />
          </ItemGroup>
        </Project>
        """;

    private static string Program =>
        """
        using System.Reactive.Linq;
        using Conn.ActiveBackup.Contract;
        using Conn.DataOwners.Sqlite;
        using Conn.PubSub;
        using Microsoft.Reactive.Testing;

        TestScheduler scheduler = new();
        ITestableObserver<long> observer = scheduler.CreateObserver<long>();
        using IDisposable subscription = Observable.Interval(TimeSpan.FromTicks(100), scheduler).Take(3).Subscribe(observer);
        scheduler.AdvanceTo(1000);
        int values = observer.Messages.Count(m => m.Value.Kind == System.Reactive.NotificationKind.OnNext);
        bool facade = AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name == "System.Reactive.Interfaces");
        await using SqliteDataOwner owner = new(new SqliteOwnerOptions { Name = "X", DatabasePath = "x.db" });
        Console.WriteLine($"{ErrorCode.InUse.Name} {values}@{observer.Messages[1].Time} facade {facade} owner {(owner.GetExtendedInterface(ExtendedInterfaces.OwnerRemarks) is null ? "?" : "X")}");
        """;

    private static Task WriteAsync(string folder, string name, string text) =>
        File.WriteAllTextAsync(Path.Combine(folder, name), text, TestContext.Current.CancellationToken);

    private static async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || k.StartsWith("TESTINGPLATFORM", StringComparison.Ordinal)).ToList())
        {
            _ = start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}\n{await errors}");
        return output;
    }
}
