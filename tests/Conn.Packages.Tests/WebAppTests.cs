using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace Conn.Packages.Tests;

/// <summary>An empty web application becomes one that is backed up each night, by one package and the lines of docs/hosting.md.</summary>
public sealed class WebAppTests(PackedFeed feed)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eight_lines_and_a_package_back_a_web_application_up_each_night()
    {
        string folder = feed.NewFolder("web");
        string shop = Path.Combine(folder, "Shop");
        string program = Clone.Read("samples", "NightlyWeb", "Program.cs");
        Assert.Equal(8, program.Split('\n').Count(static l => l.Length > 0));
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), EmbeddingPage.File("nuget.config", feed.Folder), Token);
        _ = await Command.DotnetAsync(folder, "new", "web", "-o", "Shop", "--framework", "net10.0");
        _ = await Command.DotnetAsync(shop, "add", "package", "Conn.Hosting", "--version", PackedFeed.Version);
        await File.WriteAllTextAsync(Path.Combine(shop, "Program.cs"), program, Token);
        _ = Directory.CreateDirectory(Path.Combine(shop, "notes"));
        await File.WriteAllTextAsync(Path.Combine(shop, "notes", "a.txt"), "first", Token);
        _ = await Command.DotnetAsync(shop, "build", "-c", "Release", "-warnaserror");
        await RunsAsync(shop);

        // The same program in a clock of the test.
        _ = await Command.DotnetAsync(shop, "add", "package", "Microsoft.Extensions.TimeProvider.Testing", "--version", TestingVersion());
        await File.WriteAllTextAsync(Path.Combine(shop, "Night.cs"), Clone.Read("tests", "Conn.Packages.Tests", "Consumers", "Web", "Night.cs"), Token);
        await File.WriteAllTextAsync(
            Path.Combine(shop, "Program.cs"),
            program.Replace("WebApplication app =", "builder.Services.AddSingleton<TimeProvider>(Night.Clock);\nWebApplication app =", StringComparison.Ordinal)
                .Replace("app.Run();", "await Night.RunAsync(app);", StringComparison.Ordinal), Token);
        _ = await Command.DotnetAsync(shop, "build", "-c", "Release", "-warnaserror");
        string output = await Command.RunAsync(shop, "dotnet", Shop, "--urls", "http://127.0.0.1:0");
        string[] nights = [.. output.Split('\n').Where(static l => l.StartsWith("night of", StringComparison.Ordinal)).Select(static l => l.Trim())];
        Assert.Equal(3, nights.Length);
        Assert.All(nights, static n => Assert.EndsWith("02:00: backed up", n, StringComparison.Ordinal));
    }

    private static string Shop => Path.Combine("bin", "Release", "net10.0", "Shop.dll");

    // By the clock of the machine, from its start to its end by a signal.
    private static async Task RunsAsync(string folder)
    {
        ProcessStartInfo start = new("dotnet", [Shop, "--urls", "http://127.0.0.1:0"]) { WorkingDirectory = folder, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        try
        {
            string lines = "";
            while (!lines.Contains("Application started", StringComparison.Ordinal) || !lines.Contains("The next scheduled backup", StringComparison.Ordinal))
            {
                lines += await process.StandardOutput.ReadLineAsync(Token) ?? throw new InvalidOperationException($"It ended:\n{lines}");
            }

            Assert.True(Directory.Exists(Path.Combine(folder, "backups")));
            Assert.Equal(0, Kill(process.Id, 15));
            _ = await process.StandardOutput.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            process.Kill();
        }
    }

    private static string TestingVersion()
    {
        string line = Clone.Read("Directory.Packages.props").Split('\n').Single(static l => l.Contains("Microsoft.Extensions.TimeProvider.Testing", StringComparison.Ordinal));
        return line.Split('"')[3];
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
