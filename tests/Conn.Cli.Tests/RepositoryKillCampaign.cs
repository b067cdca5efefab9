using System.Globalization;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Backups, prunes, changes of keys and restores in place of a real tree are killed at random moments, again and again, in one encrypted repository.</summary>
public sealed class RepositoryKillCampaign
{
    /// <summary>The campaign: CONN_KILLS kills, 300 without it, over a copy of the tree CONN_CAMPAIGN_TREE, from seed CONN_SEED on.</summary>
    [Fact(Explicit = true)]
    public Task After_many_kills_everything_is_old_or_new_and_the_next_backup_is_good() =>
        RunAsync(Number("CONN_KILLS", 300), Environment.GetEnvironmentVariable("CONN_CAMPAIGN_TREE"), Number("CONN_SEED", 2));

    private static async Task RunAsync(int kills, string? tree, int seed)
    {
        Random random = new(seed);
        using Workplace place = new Workplace().WithLedger(tree is null ? 300 : 20_000);
        if (tree is null)
        {
            place.WithDocs(60);
        }
        else
        {
            await ToolRun.OtherAsync("cp", "-a", "-T", tree, place.Docs);
        }

        KeptRepository kept = await new KeptRepository(place).BeginAsync();
        Dictionary<string, TimeSpan> longest = [];
        int killed = 0;
        for (int kill = 0; killed < kills; kill++)
        {
            Assert.True(kill < (kills * 3) + 10, $"{killed} of {kill} operations were still running when they were to be killed.");
            string operation = KeptRepository.Operations[kill % KeptRepository.Operations.Length];
            string[] arguments = await kept.PrepareAsync(operation);
            await using ToolProcess process = ToolRun.Start(arguments);
            long began = TimeProvider.System.GetTimestamp();
            TimeSpan delay = random.NextDouble() * longest.GetValueOrDefault(operation, TimeSpan.FromSeconds(0.5));
            Task<ToolResult> ended = process.EndAsync();
            await Task.WhenAny(ended, Task.Delay(delay, TimeProvider.System, TestContext.Current.CancellationToken));
            process.KillIfRunning();
            ToolResult result = await ended;
            if (result.ExitCode == 128 + LinuxCalls.Kill)
            {
                killed++;
                longest.TryAdd(operation, TimeSpan.FromSeconds(1));
                longest[operation] *= 1.1;
            }
            else
            {
                result.Ends(0);
                longest[operation] = TimeProvider.System.GetElapsedTime(began);
            }

            await kept.RequireWholeAsync(operation, $"Seed {seed}, kill {kill}, {operation} after {delay.TotalMilliseconds:0} ms");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{killed} kills; repository clean, no data mixed, nothing left behind.");
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
