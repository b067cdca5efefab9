using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The partial mode, requested although every owner takes part.</summary>
public sealed class PartialModeTests
{
    [Theory]
    [InlineData(false, false, 0x102)]
    [InlineData(true, false, 0x104)]
    [InlineData(true, true, 0x104)]
    [InlineData(false, true, 0x104)]
    public void A_backup_publishes_partial_when_it_is_requested_or_not_all_owners_take_part(bool partial, bool oneOnly, int mode) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        (ScriptedDataOwner one, ScriptedDataOwner two, List<bool> affected) = await AddAsync(host);
        using ScriptedDataOwner first = one;
        using ScriptedDataOwner second = two;

        BackupReport report = await host.BackupAsync(r => r with { Partial = partial, Owners = oneOnly ? [new SecureId(0x30000001)] : null });

        Assert.Equal((OperationOutcome.Succeeded, oneOnly ? 1 : 2), (report.Outcome, report.Owners.Count));
        Assert.Equal([0x001, mode, 0x001], host.Modes.Select(m => m.ToValue()));
        Assert.NotEmpty(affected);
        Assert.DoesNotContain(false, affected);
        Assert.Empty(host.ParticipantErrors);
    });

    [Theory]
    [InlineData(false, false, 0x108)]
    [InlineData(true, false, 0x110)]
    [InlineData(true, true, 0x110)]
    [InlineData(false, true, 0x110)]
    public void A_restore_publishes_partial_when_it_is_requested_or_not_all_owners_take_part(bool partial, bool oneOnly, int mode) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        (ScriptedDataOwner one, ScriptedDataOwner two, List<bool> affected) = await AddAsync(host);
        using ScriptedDataOwner first = one;
        using ScriptedDataOwner second = two;
        await host.BackupAsync();
        one.Set("lost");
        two.Set("lost");
        affected.Clear();

        RestoreReport report = await host.RestoreAsync(r => r with { Partial = partial, Owners = oneOnly ? [new SecureId(0x30000001)] : null });

        Assert.Equal((OperationOutcome.Succeeded, true), (report.Outcome, report.Committed));
        Assert.Equal(("one: data", oneOnly ? "lost" : "two: data"), (one.Text(), two.Text()));
        Assert.Equal(mode, host.Modes[^2].ToValue());
        Assert.NotEmpty(affected);
        Assert.DoesNotContain(false, affected);
    });

    [Fact]
    public void A_client_that_is_connected_already_is_affected_by_a_requested_partial_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        await using ActiveBackupClient client = await host.ConnectReadyAsync(sid, owner);
        bool? affected = null;
        BurModeInfo info = default;
        owner.On(OwnerCallKind.InitialiseGetBackupData, async (_, t) =>
        {
            affected = await client.DoesPartialBurAffectMeAsync(t);
            info = await client.BurModeInfoAsync(t);
        });

        await host.BackupAsync(r => r with { Partial = true });

        Assert.True(affected);
        Assert.Equal((BurPartType.BackupPartial, "C"), (info.Mode.PartType, info.Drives.ToString()));
    });

    /// <summary>Two owners that ask whether the operation affects them.</summary>
    private static async Task<(ScriptedDataOwner One, ScriptedDataOwner Two, List<bool> Affected)> AddAsync(VirtualHost host)
    {
        List<bool> affected = [];
        ScriptedDataOwner one = await host.AddOwnerAsync("one", participate: Ask);
        ScriptedDataOwner two = await host.AddOwnerAsync("two", participate: Ask);
        return (one, two, affected);

        DataOwnerParticipantOptions Ask(DataOwnerParticipantOptions options) => options with
        {
            PrepareAsync = async (client, _, cancellationToken) =>
            {
                affected.Add(await client.DoesPartialBurAffectMeAsync(cancellationToken));
                return ErrorCode.Success;
            },
        };
    }
}
