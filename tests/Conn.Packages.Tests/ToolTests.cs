using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using Xunit;

namespace Conn.Packages.Tests;

/// <summary>The tool, installed from its package and published as a folder.</summary>
public sealed class ToolTests(PackedFeed feed)
{
    private const long MaxPublishedBytes = 25 << 20;

    private const int HasGenericsOfOthers = 0x80;

    /// <summary>What the tool does not call, or the daemon alone, or what is generic itself.</summary>
    private static readonly string[] NotCompiled =
    [
        "Conn.Hosting.dll", "Microsoft.Extensions.DependencyInjection.dll", "Microsoft.Extensions.Diagnostics.HealthChecks.dll", "Microsoft.Extensions.Hosting.dll",
        "Microsoft.Extensions.Http.dll", "Microsoft.Extensions.Logging.Console.dll", "Microsoft.VisualStudio.Threading.dll", "Nerdbank.MessagePack.dll",
        "Nerdbank.Streams.dll", "Newtonsoft.Json.dll", "PolyType.dll", "Prometheus.NetStandard.dll", "System.Reactive.dll", "ZstdSharp.dll",
    ];

    /// <summary>What a backup runs: the generic code of the runtime that it uses is compiled into it.</summary>
    private static readonly string[] WithGenerics = ["Conn.ActiveBackup.dll", "Conn.DataOwners.dll", "Conn.Engine.dll", "Conn.Repository.dll"];

    [Fact]
    public async Task The_installed_tool_runs_the_demo_backs_up_a_folder_and_restores_it()
    {
        string folder = feed.NewFolder("installed");
        string[] install = ["tool", "install", "--tool-path", "tools", "--add-source", feed.Folder, "Conn.Cli"];
        _ = await Command.DotnetAsync(folder, [.. install, "--version", PackedFeed.Version]);
        string program = Path.Combine(folder, "tools", "conn");
        _ = await Command.RunAsync(folder, program, "demo");
        await UseAsync(feed.NewFolder("installed-use"), program);
    }

    [Fact]
    public async Task The_portable_tool_backs_up_a_folder_and_restores_it()
    {
        string folder = feed.NewFolder("portable");
        using Package package = feed.Open("Conn.Cli.any");
        await ZipFile.ExtractToDirectoryAsync(package.Path, folder, TestContext.Current.CancellationToken);
        await UseAsync(feed.NewFolder("portable-use"), "dotnet", Path.Combine(folder, "tools", "net10.0", "any", "conn.dll"));
    }

    [Fact]
    public async Task The_published_tool_is_small_and_compiled_ahead_of_time()
    {
        string folder = feed.NewFolder("published");
        _ = await Command.DotnetAsync(
            Clone.Root, "publish", "Conn.Cli", "-c", Clone.Configuration, "-r", "linux-x64", "--self-contained", "false", "--no-restore", "-o", folder);
        FileInfo[] files = new DirectoryInfo(folder).GetFiles("*", SearchOption.AllDirectories);
        Assert.InRange(files.Sum(static f => f.Length), 1, MaxPublishedBytes);
        RequireCompiled(files.Where(static f => f.Extension == ".dll").ToDictionary(static f => f.Name, static f => File.ReadAllBytes(f.FullName)));
        Assert.Contains("conn", await Command.RunAsync(folder, Path.Combine(folder, "conn"), "--help"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tool_package_of_this_platform_is_compiled_ahead_of_time()
    {
        using Package package = feed.Open("Conn.Cli.linux-x64");
        ZipArchiveEntry[] assemblies = [.. package.Files.Where(static f => f.Name.EndsWith(".dll", StringComparison.Ordinal))];
        Assert.InRange(package.Files.Sum(static f => f.Length), 1, MaxPublishedBytes);
        RequireCompiled(assemblies.ToDictionary(static f => f.Name, Package.Read));
    }

    private static async Task UseAsync(string folder, string program, params string[] arguments)
    {
        _ = Directory.CreateDirectory(Path.Combine(folder, "notes"));
        await File.WriteAllTextAsync(Path.Combine(folder, "notes", "a.txt"), "first", TestContext.Current.CancellationToken);
        _ = await Command.RunAsync(folder, program, [.. arguments, "init", "--repo", "backups"]);
        string backup = await Command.RunAsync(folder, program, [.. arguments, "backup", "--repo", "backups", "--dir", "notes=notes", "--json"]);
        Assert.Equal("succeeded", JsonDocument.Parse(backup).RootElement.GetProperty("outcome").GetString());
        _ = await Command.RunAsync(folder, program, [.. arguments, "restore", "--repo", "backups", "--to", "back"]);
        Assert.Equal("first", await File.ReadAllTextAsync(Path.Combine(folder, "back", "notes", "a.txt"), TestContext.Current.CancellationToken));
    }

    private static void RequireCompiled(Dictionary<string, byte[]> assemblies)
    {
        Dictionary<string, int?> flags = assemblies.ToDictionary(static a => a.Key, static a => FlagsOfCode(a.Value));
        Assert.Equal(NotCompiled, flags.Where(static a => a.Value is null).Select(static a => a.Key).Order(StringComparer.Ordinal));
        Assert.Equal(WithGenerics, flags.Where(static a => (a.Value & HasGenericsOfOthers) > 0).Select(static a => a.Key).Order(StringComparer.Ordinal));
    }

    // Native code beside the IL has a header: a signature, a version, flags. Null when there is none.
    private static int? FlagsOfCode(byte[] assembly)
    {
        using PEReader image = new(new MemoryStream(assembly));
        return image.PEHeaders.CorHeader is { ManagedNativeHeaderDirectory: { Size: > 0 } header }
            ? image.GetSectionData(header.RelativeVirtualAddress).GetReader(2 * sizeof(int), sizeof(int)).ReadInt32()
            : null;
    }
}
