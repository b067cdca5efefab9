using Conn.ActiveBackup.Calls;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>
/// A host that dies between the commit record of a restore and its last completion: the next run rolls forward the owners that are left, and no other.
/// </summary>
public sealed class RollForwardTests
{
    private static readonly string[] Names = ["one", "two", "three"];

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void The_next_run_rolls_forward_exactly_the_owners_that_are_left(int dies, bool inPlace) => VirtualTime.Run(async time =>
    {
        for (int seed = 0; seed < 8; seed++)
        {
            ScriptedDisk[] disks = [new(), new(), new()];
            await using VirtualHost then = await VirtualHost.StartAsync(time);
            await RestoreUntilDeathAsync(then, disks, dies, inPlace);
            then.Storage.Crash(seed);

            await using VirtualHost now = await VirtualHost.StartAsync(time);
            ScriptedDataOwner[] owners = await AddAsync(now, disks);
            BackupReport next = await BackupAsync(now, then);
            BackupReport after = await BackupAsync(now, then);

            Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded), (next.Outcome, after.Outcome));
            Assert.Equal(Names[dies..], Names.Where(n => now.Trace.Of(n).Contains("ResumeRestore C")));
            Assert.All(Names, n => Assert.InRange(now.Trace.Of(n).Count(l => l == "ResumeRestore C"), 0, 1));
            Assert.Equal(Names.Select(n => $"{n}: then"), owners.Select(o => o.Text()));
            Assert.Equal(Names.Length - dies, next.Notes.Count(n => n.Contains("was rolled forward", StringComparison.Ordinal)));
            Assert.DoesNotContain(after.Notes, n => n.Contains("rolled forward", StringComparison.Ordinal));
            Assert.Empty(await then.Repository.Restores.ListPendingAsync(HostFixture.Never));
        }
    });

    [Fact]
    public void Data_written_after_an_owner_is_in_place_is_not_lost_when_others_are_rolled_forward() => VirtualTime.Run(async time =>
    {
        ScriptedDisk[] disks = [new(), new(), new()];
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        await RestoreUntilDeathAsync(then, disks, dies: 1, inPlace: false);
        then.Storage.Crash(1);

        await using VirtualHost now = await VirtualHost.StartAsync(time);
        ScriptedDataOwner[] owners = await AddAsync(now, disks);
        owners[0].Set("written since");
        await BackupAsync(now, then);

        Assert.Equal(["written since", "two: then", "three: then"], owners.Select(o => o.Text()));
    });

    /// <summary>Restores three owners; the process and the power go in the completion of one, before it is in place or just after it.</summary>
    private static async Task RestoreUntilDeathAsync(VirtualHost host, ScriptedDisk[] disks, int dies, bool inPlace)
    {
        ScriptedDataOwner[] owners = await AddAsync(host, disks);
        Array.ForEach(owners, o => o.Set($"{o.Name}: then"));
        await host.BackupAsync();
        Array.ForEach(owners, o => o.Set("now"));
        for (int i = dies; i < owners.Length; i++)
        {
            bool isFirst = i == dies;
            owners[i].On(OwnerCallKind.RestoreComplete, (_, _) =>
            {
                if (isFirst)
                {
                    host.Storage.PowerLossAtWrite = host.Storage.Writes + 1;
                }

                return isFirst && inPlace ? default : throw new ConnException(ErrorCode.General, "the process has died");
            });
        }

        await Record.ExceptionAsync(() => host.RestoreAsync());
        Assert.True(host.Storage.PowerIsLost);
        Assert.Equal(Names.Select((n, i) => i < dies || (i == dies && inPlace) ? $"{n}: then" : "now"), owners.Select(o => o.Text()));
    }

    private static async Task<ScriptedDataOwner[]> AddAsync(VirtualHost host, ScriptedDisk[] disks)
    {
        ScriptedDataOwner[] owners = [.. Names.Select((n, i) => new ScriptedDataOwner(n, host.Trace, disks[i]))];
        foreach (ScriptedDataOwner owner in owners)
        {
            await host.AddAsync(owner.Name, owner);
        }

        return owners;
    }

    private static Task<BackupReport> BackupAsync(VirtualHost host, VirtualHost repositoryOf) =>
        host.Engine.BackupAsync(new BackupRequest { Repository = repositoryOf.Repository }, HostFixture.Never);
}
