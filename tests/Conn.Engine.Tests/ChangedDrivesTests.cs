using System.Text;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>An owner that is removed between operations and registered again with other drives.</summary>
public sealed class ChangedDrivesTests
{
    private static readonly DriveNumber E = DriveNumber.FromLetter('E');
    private static readonly DriveList OnlyC = DriveList.Of(DriveNumber.C);
    private static readonly DriveList Both = DriveList.Of(DriveNumber.C, E);

    [Fact]
    public void A_drive_that_is_new_leads_to_a_base_of_every_drive_and_both_come_back() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = Make(host);
        SecureId sid = await host.AddAsync("one", owner, r => r with { Drives = OnlyC });
        await host.BackupAsync();

        await RegisterAsync(host, sid, Both);
        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync(BackupChoice.Increment));
        BackupReport report = await host.BackupAsync();
        (owner.Data[DriveNumber.C], owner.Data[E]) = ([0], [0]);
        RestoreReport restored = await host.RestoreAsync();

        Assert.Equal(OperationRefusal.NeedsBase, refused.Refusal);
        Assert.Equal((OperationOutcome.Succeeded, PartType.Base), (report.Outcome, report.Of("one").Type));
        Assert.Contains("drive E", report.Of("one").Why, StringComparison.Ordinal);
        Assert.Equal((OperationOutcome.Succeeded, "on C", "on E"), (restored.Outcome, On(owner, DriveNumber.C), On(owner, E)));
    });

    [Fact]
    public void A_drive_that_is_gone_is_asked_for_nothing_and_the_other_goes_on_with_increments() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = Make(host);
        SecureId sid = await host.AddAsync("one", owner, r => r with { Drives = Both });
        await host.BackupAsync();

        await RegisterAsync(host, sid, OnlyC);
        int before = host.Trace.Of("one").Count;
        BackupReport report = await host.BackupAsync();
        string[] calls = [.. host.Trace.Of("one").Skip(before)];
        (owner.Data[DriveNumber.C], owner.Data[E]) = ([0], Encoding.UTF8.GetBytes("now"));
        RestoreReport restored = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, PartType.Increment), (report.Outcome, report.Of("one").Type));
        Assert.Equal([(byte)DriveNumber.C.Index], report.Set!.Part(sid.Value)!.Drives.Select(d => d.Drive));
        Assert.DoesNotContain(calls, c => c.Contains(" E", StringComparison.Ordinal));
        Assert.Equal((OperationOutcome.Succeeded, "on C", "now"), (restored.Outcome, On(owner, DriveNumber.C), On(owner, E)));
    });

    [Fact]
    public void The_drives_that_an_operation_announces_are_those_registered_now() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = Make(host);
        List<string> announced = [];
        SecureId sid = await host.AddAsync("one", owner, r => r with { Drives = OnlyC }, p => p with
        {
            PrepareAsync = async (client, _, t) =>
            {
                announced.Add($"{(await client.BurModeInfoAsync(t)).Drives}");
                return ErrorCode.Success;
            },
        });

        await host.BackupAsync();
        await RegisterAsync(host, sid, Both);
        await host.BackupAsync();
        await RegisterAsync(host, sid, DriveList.Of(E));
        await host.BackupAsync();

        Assert.Equal([$"{OnlyC}", $"{Both}", $"{DriveList.Of(E)}"], announced);
    });

    [Theory]
    [InlineData(OwnerCallKind.RestoreBaseDataSection)]
    [InlineData(OwnerCallKind.RestoreComplete)]
    public void Removing_an_owner_is_refused_while_it_is_restored_and_nothing_is_lost(OwnerCallKind call) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = Make(host);
        SecureId sid = await host.AddAsync("one", owner, r => r with { Drives = Both });
        await host.BackupAsync();
        owner.Data[DriveNumber.C] = [0];
        List<OperationRefusal> refusals = [];
        owner.On(call, async (_, _) =>
            refusals.Add((await Assert.ThrowsAsync<OperationRefusedException>(() => host.Engine.UnregisterAsync(sid))).Refusal));

        RestoreReport report = await host.RestoreAsync();

        Assert.NotEmpty(refusals);
        Assert.All(refusals, r => Assert.Equal(OperationRefusal.InUse, r));
        Assert.Equal((OperationOutcome.Succeeded, "on C"), (report.Outcome, On(owner, DriveNumber.C)));
        Assert.True(await host.Engine.UnregisterAsync(sid));
    });

    [Fact]
    public void An_owner_that_is_removed_while_a_committed_restore_waits_for_it_is_rolled_forward_when_it_is_registered_again() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = Make(host);
        using ScriptedDataOwner other = await host.AddOwnerAsync("other");
        SecureId sid = await host.AddAsync("one", owner, r => r with { Drives = Both });
        await host.BackupAsync();
        (owner.Data[DriveNumber.C], owner.Data[E]) = ([0], [0]);
        owner.On(OwnerCallKind.RestoreComplete, (call, _) => call == 0 ? throw new ConnException(ErrorCode.General, "not now") : default);
        await host.RestoreAsync();

        await host.Engine.UnregisterAsync(sid);
        BackupReport without = await host.BackupAsync();
        await host.Engine.RegisterAsync(new DataOwnerRegistration("one", sid) { Drives = OnlyC });
        BackupReport with = await host.BackupAsync();

        Assert.Contains(without.Notes, n => n.StartsWith("Owner one:", StringComparison.Ordinal) && n.Contains("committed", StringComparison.Ordinal));
        Assert.Equal(OperationOutcome.Succeeded, with.Outcome);
        Assert.Equal(("on C", "on E"), (On(owner, DriveNumber.C), On(owner, E)));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    private static ScriptedDataOwner Make(VirtualHost host) => new("one", host.Trace)
    {
        Data = { [DriveNumber.C] = Encoding.UTF8.GetBytes("on C"), [E] = Encoding.UTF8.GetBytes("on E") },
    };

    private static async Task RegisterAsync(VirtualHost host, SecureId sid, DriveList drives)
    {
        Assert.True(await host.Engine.UnregisterAsync(sid));
        await host.Engine.RegisterAsync(new DataOwnerRegistration("one", sid) { Drives = drives });
    }

    private static string On(ScriptedDataOwner owner, DriveNumber drive) => Encoding.UTF8.GetString(owner.Data[drive]);

    [Fact]
    public void A_restore_announces_every_drive_on_which_the_set_has_data() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = Make(host);
        SecureId sid = await host.RegisterAsync("one", r => r with { Drives = Both });
        await host.ConnectReadyAsync(sid, owner);
        await host.BackupAsync();
        await host.Engine.UnregisterAsync(sid);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("one", sid) { Drives = OnlyC });
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, owner);
        DriveList announced = default;
        owner.On(OwnerCallKind.InitialiseRestoreBaseData, async (_, t) => announced = (await client.BurModeInfoAsync(t)).Drives);
        owner.Data[E] = [];

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, "on E", Both), (report.Outcome, On(owner, E), announced));
    });
}
