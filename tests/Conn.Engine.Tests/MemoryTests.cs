using Conn.ActiveBackup.Calls;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>What an engine keeps in memory after its work. Nothing else of the process may run at the same time.</summary>
[Collection(nameof(PoolStarvationTests))]
public sealed class MemoryTests
{
    [Fact]
    public async Task Restores_that_are_refused_leave_nothing_behind_on_a_long_lived_token()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner good = RealOwners.Create();
        await host.AddAsync("good", good);
        await host.BackupAsync();
        RestoreRequest request = new() { Repository = host.Repository, Set = await host.Repository.NewestAsync() };
        using Blocker blocker = new();
        good.On(OwnerCallKind.GetBackupDataSection, (_, _) =>
        {
            blocker.Enter();
            return default;
        });
        Task running = host.BackupAsync();
        await blocker.EnteredAsync();
        using CancellationTokenSource longLived = new();
        List<long> sizes = [];
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 1000; i++)
            {
                await Assert.ThrowsAsync<OperationRefusedException>(() => host.Engine.RestoreAsync(request, longLived.Token));
            }

            sizes.Add(GC.GetTotalMemory(true));
        }

        blocker.Open();
        await running;
        Assert.True(sizes[2] - sizes[0] < 100_000, $"Expected: no growth. Actual: {string.Join(", ", sizes)} bytes after each 1000 refusals.");
    }
}
