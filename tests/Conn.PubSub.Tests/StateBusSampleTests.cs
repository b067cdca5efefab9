using System.Diagnostics;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>The sample is built with the tests and run as a user would run it.</summary>
public sealed class StateBusSampleTests
{
    [Fact(Timeout = 60000)]
    public async Task The_sample_says_what_its_comments_promise()
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "StateBus.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, string.Empty), (process.ExitCode, await errors));
        Assert.Equal(
            [
                "level: Undefined @0",
                "level: Value 40 @1",
                "the display writes: PermissionDenied",
                "level: Value 95 @2",
                "level: Value 85 @3",
                "lowered to 85 after revision 2",
                "now: key 2 is 1, alarm since 2",
                "now: key 1 is 85, alarm since 2",
            ],
            output.ReplaceLineEndings("\n").TrimEnd().Split('\n'));
    }

    [Fact]
    public void The_sample_is_shorter_than_40_lines()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Conn.sln")))
        {
            folder = folder.Parent!;
        }

        Assert.InRange(File.ReadLines(Path.Combine(folder.FullName, "samples", "StateBus", "Program.cs")).Count(), 1, 39);
    }
}
