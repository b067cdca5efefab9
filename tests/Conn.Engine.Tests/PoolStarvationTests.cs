using System.Reactive.Disposables;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.Repository.Storage;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners that use up the threads of the pool. These tests run alone: they leave no thread to others.</summary>
[CollectionDefinition(nameof(PoolStarvationTests), DisableParallelization = true)]
[Collection(nameof(PoolStarvationTests))]
public sealed class PoolStarvationTests
{
    private const int Owners = 40;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Forty_owners_that_block_their_threads_do_not_keep_the_host_from_normal(bool follow, bool onDisk) => OwnThread.Run(async () =>
    {
        TimeSpan second = TimeSpan.FromSeconds(1);
        DirectoryInfo? folder = onDisk ? Directory.CreateTempSubdirectory("conn-engine-") : null;
        using IDisposable cleanUp = Disposable.Create(() => folder?.Delete(recursive: true));
        await using RealHost host = await RealHost.StartAsync(o => o with { NoProgressTimeout = second, ReadinessTimeout = 2 * second },
            workers: onDisk ? 2 : 0, storage: folder is null ? null : new FolderStorage(Path.Combine(folder.FullName, "repository")));
        using Blocker blocker = new();
        bool blocks = true;
        List<ScriptedDataOwner> owners = [];
        for (int i = 0; i < Owners; i++)
        {
            ScriptedDataOwner owner = new($"owner{i}", null);
            owner.Set("some data");
            owners.Add(owner.On(OwnerCallKind.AllSnapshotsSupplied, (_, _) =>
            {
                if (Volatile.Read(ref blocks))
                {
                    blocker.Enter();
                }

                return default;
            }));
            Task added = follow ? host.AddAsync($"owner{i}", owner, BestEffort) : host.ConnectReadyAsync($"owner{i}", owner, BestEffort);
            await added;
        }

        long started = host.Clock.GetTimestamp();
        BackupReport report = await host.BackupAsync().Within("the backup ends");
        TimeSpan took = host.Clock.GetElapsedTime(started);

        Assert.Equal(BurMode.Normal, host.Mode);
        Assert.True(took < TimeSpan.FromSeconds(10), $"Expected: Normal within 10 s. Actual: after {took}.");
        Assert.All(report.Owners, o => Assert.Equal((OwnerOutcome.Failed, ErrorCode.TimedOut), (o.Outcome, o.Error)));
        Assert.NotEqual(0, blocker.Count);

        Volatile.Write(ref blocks, false);
        blocker.Open();
        Task<int> work = Task.Run(() => 1, TestContext.Current.CancellationToken);
        Assert.Equal(1, await work.Within("the pool runs work again"));
        if (follow)
        {
            BackupReport next = await host.BackupAsync().Within("the next backup ends");
            Assert.All(next.Owners, o => Assert.Equal(OwnerOutcome.Succeeded, o.Outcome));
        }
    });

    private static DataOwnerRegistration BestEffort(DataOwnerRegistration registration) => registration with { Policy = OwnerPolicy.BestEffort };
}
