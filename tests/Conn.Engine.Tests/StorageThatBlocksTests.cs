using Conn.Engine.Reports;
using Conn.Repository.Storage;
using Conn.Testing.Owners;
using Conn.Testing.Storage;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A storage that blocks the thread of its caller: the engine answers, and leases are renewed.</summary>
public sealed class StorageThatBlocksTests
{
    [Fact]
    public async Task The_engine_answers_while_a_storage_blocks_its_thread()
    {
        using Blocker blocker = new();
        BlockingStorage storage = new(new TearingStorage(), blocker);
        await using RealHost host = await RealHost.StartAsync(storage: storage);
        using ScriptedDataOwner owner = RealOwners.Create();
        await host.AddAsync("one", owner);
        storage.IsSlow = true;

        Task<BackupReport> running = host.BackupAsync();
        await blocker.EnteredAsync();
        try
        {
            await host.AssertAnswersAsync();
        }
        finally
        {
            blocker.Open();
        }

        Assert.Equal(OperationOutcome.Succeeded, (await running.Within("the backup ends")).Outcome);
    }

    private sealed class BlockingStorage(IRepositoryStorage inner, Blocker blocker) : ForwardingStorage(inner)
    {
        public bool IsSlow { get; set; }

        public override ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
        {
            if (IsSlow)
            {
                blocker.Enter();
            }

            return base.RenameAsync(from, to, cancellationToken);
        }
    }
}
