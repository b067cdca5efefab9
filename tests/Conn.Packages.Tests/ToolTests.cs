using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using Xunit;

namespace Conn.Packages.Tests;

/// <summary>The tool, installed from its package and published as a folder.</summary>
public sealed class ToolTests(PackedFeed feed)
{
    private const long MaxPublishedBytes = 25 << 20;

    /// <summary>What the tool does not call, or the daemon alone.</summary>
    private static readonly string[] NotCompiled = ["Nerdbank.MessagePack.dll", "Newtonsoft.Json.dll", "PolyType.dll", "Prometheus.NetStandard.dll", "System.Reactive.dll"];

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
        Assert.Equal(NotCompiled, files.Where(static f => f.Extension == ".dll" && !IsCompiled(File.OpenRead(f.FullName))).Select(static f => f.Name).Order(StringComparer.Ordinal));
        Assert.Contains("conn", await Command.RunAsync(folder, Path.Combine(folder, "conn"), "--help"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tool_package_of_this_platform_is_compiled_ahead_of_time()
    {
        using Package package = feed.Open("Conn.Cli.linux-x64");
        ZipArchiveEntry[] assemblies = [.. package.Files.Where(static f => f.Name.EndsWith(".dll", StringComparison.Ordinal))];
        Assert.InRange(package.Files.Sum(static f => f.Length), 1, MaxPublishedBytes);
        Assert.NotEmpty(assemblies);
        Assert.Equal(NotCompiled, assemblies.Where(static f => !IsCompiled(new MemoryStream(Package.Read(f)))).Select(static f => f.Name).Order(StringComparer.Ordinal));
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

    // Native code beside the IL: the header of managed native code is there.
    private static bool IsCompiled(Stream assembly)
    {
        using PEReader image = new(assembly);
        return image.PEHeaders.CorHeader is { ManagedNativeHeaderDirectory.Size: > 0 };
    }
}
