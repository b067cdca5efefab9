using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Requests of many threads at any moment of operations on real threads.</summary>
public sealed class ThreadsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task An_abort_from_another_thread_at_any_moment_leads_to_normal_and_leaves_all_or_nothing()
    {
        const int Rounds = 40;
        await using RealHost host = await RealHost.StartAsync(workers: 2);
        ScriptedDataOwner[] owners = [.. Enumerable.Range(0, 3).Select(i => new ScriptedDataOwner($"owner{i}", null))];
        foreach (ScriptedDataOwner owner in owners)
        {
            owner.Data[DriveNumber.C] = new byte[200_000];
            await host.AddAsync(owner.Name, owner);
        }

        await host.BackupAsync().Within("the first backup ends");
        int sets = 1;
        for (int round = 0; round < Rounds; round++)
        {
            using CancellationTokenSource abort = new();
            int step = 0;
            using IDisposable watch = host.Engine.Progress.Subscribe(p =>
            {
                if (step++ == round)
                {
                    // Not awaited: the abort comes from a thread of the pool while the engine goes on.
                    _ = Task.Run(abort.Cancel, CancellationToken.None);
                }
            });
            bool isBackup = round % 2 == 0;
            Task running = isBackup ? host.BackupUntilAsync(abort.Token) : host.RestoreUntilAsync(abort.Token);
            Exception? ended = await Record.ExceptionAsync(() => running.Within($"round {round} ends"));

            Assert.True(ended is null or OperationCanceledException, $"Expected: a report or an abort in round {round}. Actual: {ended}.");
            Assert.Equal(BurMode.Normal, host.Mode);
            Assert.All(owners, o => Assert.False(o.Holds, $"Expected: {o.Name} holds nothing after round {round}. Actual: it does."));
            sets += isBackup && ended is null ? 1 : 0;
            Assert.Equal(sets, (await host.Repository.ListSetsAsync(HostFixture.Never)).Count);
            Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
        }

        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync().Within("the last backup ends")).Outcome);
        Assert.Equal(0, host.Engine.Faults);
        await host.Repository.AssertVerifiedAsync();
    }

    [Fact]
    public async Task Clients_that_connect_confirm_and_close_at_random_disturb_no_other_owner()
    {
        const int Rounds = 25;
        await using RealHost host = await RealHost.StartAsync(o =>
            o with { ReadinessTimeout = Soon, NoProgressTimeout = TimeSpan.FromSeconds(10), AbortTimeout = Soon });
        using ScriptedDataOwner good = new("good", null);
        good.Set("good");
        SecureId goodSid = new(0x30000099);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("good", goodSid));
        List<(SecureId Sid, ScriptedDataOwner Owner)> restless = [];
        for (uint i = 0; i < 4; i++)
        {
            ScriptedDataOwner owner = new($"restless{i}", null);
            owner.Set("restless");
            restless.Add((new SecureId(0x30000010 + i), owner));
            await host.Engine.RegisterAsync(new DataOwnerRegistration(owner.Name, restless[^1].Sid) { Policy = OwnerPolicy.BestEffort });
        }

        using CancellationTokenSource stop = new();
        Task[] churning = [.. restless.Select((r, i) => Task.Run(() => ChurnAsync(host, r.Sid, r.Owner, new Random(i), stop.Token), CancellationToken.None))];
        for (int round = 0; round < Rounds; round++)
        {
            await ConnectReadyAsync(host, goodSid, good);
            BackupReport report = await host.BackupAsync().Within($"backup {round} ends");

            Assert.Equal((OwnerOutcome.Succeeded, ErrorCode.Success), (report.Of("good").Outcome, report.Of("good").Error));
            Assert.NotEqual(OperationOutcome.Failed, report.Outcome);
            Assert.Equal(BurMode.Normal, host.Mode);
        }

        stop.Cancel();
        await Task.WhenAll(churning).Within("the clients stop");
        Assert.Equal(0, host.Engine.Faults);
        await host.Repository.AssertVerifiedAsync();
    }

    private static async Task<ActiveBackupClient> ConnectReadyAsync(RealHost host, SecureId sid, ScriptedDataOwner owner)
    {
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, owner, host.ClientOptions("owner"), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
        return client;
    }

    /// <summary>Connects, confirms, fails and closes, in any order; every answer that is an error code is legal.</summary>
    private static async Task ChurnAsync(RealHost host, SecureId sid, ScriptedDataOwner owner, Random random, CancellationToken stop)
    {
        ActiveBackupClient? client = null;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                switch (random.Next(6))
                {
                    case 0 or 1:
                        client ??= await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, owner, host.ClientOptions("restless"), HostFixture.Never);
                        break;
                    case 2 or 3:
                        await (client?.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never) ?? default);
                        break;
                    case 4:
                        await (client?.ConfirmReadyForBurAsync(new ErrorCode(-79), HostFixture.Never) ?? default);
                        break;
                    default:
                        await (client?.DisposeAsync() ?? default);
                        client = null;
                        break;
                }
            }
            catch (ConnException)
            {
                // The session has ended, or the owner failed before: the next client tries again.
                await (client?.DisposeAsync() ?? default);
                client = null;
            }

            await Task.Yield();
        }

        await (client?.DisposeAsync() ?? default);
    }
}
