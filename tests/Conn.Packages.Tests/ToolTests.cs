using System.IO.Compression;
using System.Text.Json;
using Xunit;

namespace Conn.Packages.Tests;

/// <summary>The tool, installed from its package and published as a folder.</summary>
public sealed class ToolTests(PackedFeed feed)
{
    private const long MaxPublishedBytes = 30 << 20;

    /// <summary>Where the machine has what the native compiler needs.</summary>
    public static bool CompilesToNativeCode => File.Exists("/usr/bin/gcc") || File.Exists("/usr/bin/clang");

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

    [Fact(Skip = "This machine has no C compiler, which the native compiler needs.", SkipUnless = nameof(CompilesToNativeCode))]
    public async Task The_published_tool_is_small_and_needs_no_runtime()
    {
        string folder = feed.NewFolder("published");
        _ = await Command.DotnetAsync(Clone.Root, "publish", "Conn.Cli", "-c", Clone.Configuration, "-r", "linux-x64", "--no-restore", "-o", folder);
        FileInfo[] files = new DirectoryInfo(folder).GetFiles("*", SearchOption.AllDirectories);
        Assert.InRange(files.Sum(static f => f.Length), 1, MaxPublishedBytes);
        Assert.Equal(["libe_sqlite3.so", "libsodium.so"], files.Select(static f => f.Name).Where(static n => n.Contains(".so", StringComparison.Ordinal)
            || n.Contains(".dll", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        await UseAsync(feed.NewFolder("published-use"), "/usr/bin/env", "-i", Path.Combine(folder, "conn"));
    }

    [Fact(Skip = "This machine has no C compiler, which the native compiler needs.", SkipUnless = nameof(CompilesToNativeCode))]
    public void The_tool_package_of_this_platform_is_small_and_of_native_code()
    {
        using Package package = feed.Open("Conn.Cli.linux-x64");
        Assert.InRange(package.Files.Sum(static f => f.Length), 1, MaxPublishedBytes);
        Assert.DoesNotContain(package.Files, static f => f.Name.EndsWith(".dll", StringComparison.Ordinal));
        Assert.Equal("\u007fELF"u8, Package.Read(package.Files.Single(static f => f.Name == "conn")).AsSpan(0, 4));
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
}
