using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>Client processes publish, and one of them is killed and replaced again and again. CONN_SOAK_SECONDS, CONN_SOAK_PROCESSES, CONN_SOAK_KILL_SECONDS (1).</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SoakCampaign
{
    private const int PublishesPerSecond = 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Processes_that_publish_and_are_killed_leave_the_last_values_and_nothing_else()
    {
        int seconds = FromEnvironment("CONN_SOAK_SECONDS", 60);
        int count = FromEnvironment("CONN_SOAK_PROCESSES", 20);
        int killSeconds = FromEnvironment("CONN_SOAK_KILL_SECONDS", 1);
        await using Arena arena = await Arena.StartAsync(Token);
        Process[] processes = new Process[count];
        try
        {
            for (int i = 0; i < count; i++)
            {
                processes[i] = Start(arena, i, count);
            }

            await Task.WhenAll(processes.Select(static p => OtherProcess.SaysAsync(p, "ready", Token)));
            Footprint before = Footprint.Now();
            using PeriodicTimer timer = new(TimeSpan.FromSeconds(1), TimeProvider.System);
            for (int second = 0; second < seconds && await timer.WaitForNextTickAsync(Token); second++)
            {
                if (second % killSeconds == 0)
                {
                    await ReplaceAsync(arena, processes, second / killSeconds % count);
                }

                await arena.Bystander.IsServedAsync(Token);
            }

            Footprint after = Footprint.Now();
            IPropertyStore store = arena.Fixture.Store;
            await using IPropertyClient reader = await store.OpenAsync(arena.Fixture.Store.MintIdentity(new SecureId(1)), Token);
            for (int i = 0; i < count; i++)
            {
                await processes[i].StandardInput.WriteLineAsync("end".AsMemory(), Token);
                int last = await LastAsync(processes[i]);
                Assert.NotEqual(0, last);
                Assert.Equal(last, (await reader.TryReadAsync(new PropertyName(SoakPublisher.Sid, (uint)i), Token)).Value.Int);
            }

            long published = arena.Fixture.Store.Revision.Value;
            Console.WriteLine($"{seconds} s, {published} publishes: {before.Bytes} bytes, {before.Descriptors} descriptors before; {after.Bytes}, {after.Descriptors} after");
            Assert.Empty(arena.Fixture.Lines);
            before.IsNotExceededBy(after);
        }
        finally
        {
            foreach (Process process in processes.Where(static p => p is not null))
            {
                process.Kill();
                process.Dispose();
            }
        }
    }

    private static async Task ReplaceAsync(Arena arena, Process[] processes, int victim)
    {
        processes[victim].Kill();
        await processes[victim].WaitForExitAsync(Token);
        processes[victim].Dispose();
        processes[victim] = Start(arena, victim, processes.Length);
        await OtherProcess.SaysAsync(processes[victim], "ready", Token);
    }

    private static int FromEnvironment(string name, int otherwise) =>
        int.Parse(Environment.GetEnvironmentVariable(name) ?? $"{otherwise}", CultureInfo.InvariantCulture);

    private static Process Start(Arena arena, int key, int count) => OtherProcess.Start(
        "publisher", arena.Fixture.Path,
        new Dictionary<string, string> { [SoakPublisher.KeyVariable] = $"{key}", [SoakPublisher.RateVariable] = $"{PublishesPerSecond / count}" }, []);

    // What the process published last, and has in its own copy.
    private static async Task<int> LastAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync(Token) is { } line)
        {
            if (line.Split(' ') is ["last", { } value, { } published])
            {
                Assert.Equal(published, value);
                return int.Parse(value, CultureInfo.InvariantCulture);
            }
        }

        Assert.Fail("The process ended and did not say its last value.");
        return 0;
    }
}
