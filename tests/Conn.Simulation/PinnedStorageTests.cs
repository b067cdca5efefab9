using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.ActiveBackup.Contract;
using Conn.Repository;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Simulation;

/// <summary>What simulation once found when calls of the storage fail, each as the shortest scenario that shows it.</summary>
public sealed class PinnedStorageTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public void A_set_that_cannot_be_read_for_a_moment_is_not_passed_over_by_the_next_increment() => EachCall(async (host, failing) =>
    {
        await host.BackupAsync();
        host.Owner.Data[DriveNumber.C] = [2];
        BackupReport newest = (await host.BackupAsync())!;
        host.Owner.Data[DriveNumber.C] = [3];

        BackupReport? report = await host.BackupAsync(failing);

        Assert.Equal(newest.Set!.Id.Text, report?.Owners[0].Parent ?? newest.Set.Id.Text);
    });

    /// <summary>Runs a scenario once for each call of the storage: that call fails in the operation under test.</summary>
    private static void EachCall(Func<Scenario, int, Task> scenario)
    {
        for (int call = 1; call < 200; call++)
        {
            int failing = call;
            VirtualTime.Run(async time =>
            {
                await using VirtualHost host = await VirtualHost.StartAsync(time);
                using ScriptedDataOwner owner = new("owner", host.Trace) { Data = { [DriveNumber.C] = [1] } };
                await host.AddAsync("owner", owner);
                await scenario(new Scenario(host, owner), failing);
            });
        }
    }

    private sealed record Scenario(VirtualHost Host, ScriptedDataOwner Owner)
    {
        /// <summary>Backs up; the call with this number fails. Gives null when the operation ends with that failure.</summary>
        public async Task<BackupReport?> BackupAsync(int failing = 0)
        {
            Host.Storage.FailAtCall = failing == 0 ? 0 : Host.Storage.Calls + failing;
            try
            {
                return await Host.Engine.BackupAsync(new BackupRequest { Repository = Host.Repository }, Never);
            }
            catch (RepositoryException e) when (failing > 0 && e.Failure == RepositoryFailure.Io)
            {
                return null;
            }
            finally
            {
                Host.Storage.FailAtCall = 0;
            }
        }
    }
}
