using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.Repository;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>An owner fails at every moment around the commit of a restore.</summary>
public sealed class EveryMomentTests
{
    private static readonly ErrorCode Own = new(-4711);

    [Theory]
    [InlineData("confirm", true)]
    [InlineData("confirm", false)]
    public void At_every_moment_of_a_restore_on_a_slow_storage_it_is_all_or_nothing(string how, bool required) => VirtualTime.Run(async time =>
    {
        List<string> wrong = [];
        for (int ms = 20; ms < 40; ms++)
        {
            await using VirtualHost host = await VirtualHost.StartAsync(time);
            ActiveBackupClient? client = null;
            using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
            using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", required ? OwnerPolicy.Required : OwnerPolicy.BestEffort, p => p.WithClient(c => client = c));
            using ScriptedDataOwner proxied = await host.AddProxiedAsync("proxied", [1]);
            manager.Keep(3, "proxied: data");
            await host.BackupAsync();
            foreach (ScriptedDataOwner owner in new[] { manager, bad, proxied })
            {
                owner.Set("now");
            }

            manager.Keep(3, "now");
            client = null;
            SlowStorage storage = new(host.Storage, time);
            await using BackupRepository repository = await storage.OpenAsync(time);
            using CancellationTokenSource abort = new();
            string what = "";
            Task<RestoreReport> running = host.RestoreAsync(r => r with { Repository = repository }, abort.Token);
            await time.DelayAsync(TimeSpan.FromMilliseconds(ms));
            try
            {
                if (how == "abort")
                {
                    abort.Cancel();
                }
                else if (client is { } now && how == "confirm")
                {
                    await now.ConfirmReadyForBurAsync(Own, HostFixture.Never);
                }
                else if (client is { } closing)
                {
                    await closing.DisposeAsync();
                }
            }
            catch (ConnException e)
            {
                what = e.Code.ToString();
            }

            RestoreReport? report = null;
            try
            {
                report = await running;
            }
            catch (OperationCanceledException) when (how == "abort")
            {
                what += "aborted";
            }

            host.AssertNormal();
            string after = Texts();
            if (report is { Committed: false } or null && after != "now, now, now, now")
            {
                wrong.Add($"{ms}: {what} not committed and {after}");
            }

            BackupReport next = await host.BackupAsync();
            string last = Texts();
            if (last is not ("now, now, now, now" or "manager: data, bad: data, proxied: data, proxied: data") && (required || last != "manager: data, now, proxied: data, proxied: data"))
            {
                wrong.Add($"{ms}: {what} {report?.Outcome} {report?.Committed} then {last}");
            }

            if (next.Outcome != OperationOutcome.Succeeded)
            {
                wrong.Add($"{ms}: {what} {report?.Outcome} {report?.Committed} then {next.Outcome}: {string.Join(' ', next.Notes)}");
            }

            if (manager.Holds || bad.Holds || proxied.Holds)
            {
                wrong.Add($"{ms}: holds {manager.Holds} {bad.Holds} {proxied.Holds}");
            }

            string Texts() => $"{manager.Text()}, {bad.Text()}, {proxied.Text()}, {manager.Kept(3)}";
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    });
}
