using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Storage;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Requests that are refused before anything changes.</summary>
public sealed class RequestTests
{
    private static readonly SecureId Known = new(0x30000001);

    public static TheoryData<string, Func<BackupRequest, BackupRequest>> BackupFaults => new()
    {
        { "Repository", r => r with { Repository = null! } },
        { "Holder", r => r with { Holder = null! } },
        { "Holder", r => r with { Holder = "" } },
        { "Holder", r => r with { Holder = new string('h', 257) } },
        { "Choice", r => r with { Choice = (BackupChoice)3 } },
        { "Choice", r => r with { Choice = (BackupChoice)(-1) } },
    };

    public static TheoryData<string, Func<RestoreRequest, RestoreRequest>> RestoreFaults => new()
    {
        { "Repository", r => r with { Repository = null! } },
        { "Set", r => r with { Set = null! } },
        { "Holder", r => r with { Holder = null! } },
        { "Holder", r => r with { Holder = "" } },
        { "Holder", r => r with { Holder = new string('h', 257) } },
    };

    /// <summary>Owners that cannot be named: none, one that is not registered, one of them that is not, and no id at all.</summary>
    public static TheoryData<SecureId[]> UnknownOwners =>
        new() { Array.Empty<SecureId>(), new[] { new SecureId(0x77) }, new[] { Known, new SecureId(0x77) }, new SecureId[1], new[] { Known, default } };

    [Theory]
    [MemberData(nameof(BackupFaults), DisableDiscoveryEnumeration = true)]
    public void A_backup_request_with_a_member_out_of_its_range_is_refused(string member, Func<BackupRequest, BackupRequest> change) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");

        ArgumentException refused = await Assert.ThrowsAnyAsync<ArgumentException>(() => host.BackupAsync(change));

        Assert.Contains(member, refused.Message, StringComparison.Ordinal);
        await AssertNothingHappenedAsync(host, 1);
    });

    [Theory]
    [MemberData(nameof(RestoreFaults), DisableDiscoveryEnumeration = true)]
    public void A_restore_request_with_a_member_out_of_its_range_is_refused(string member, Func<RestoreRequest, RestoreRequest> change) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();

        ArgumentException refused = await Assert.ThrowsAnyAsync<ArgumentException>(() => host.RestoreAsync(change));

        Assert.Contains(member, refused.Message, StringComparison.Ordinal);
        await AssertNothingHappenedAsync(host, 3);
    });

    [Theory]
    [MemberData(nameof(UnknownOwners), DisableDiscoveryEnumeration = true)]
    public void Owners_that_are_not_registered_are_refused(SecureId[] owners) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("known");
        await host.BackupAsync();

        OperationRefusedException backup = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync(r => r with { Owners = owners }));
        OperationRefusedException restore = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync(r => r with { Owners = owners }));

        Assert.All(new[] { backup, restore }, r => Assert.Equal((OperationRefusal.NoSuchOwner, ErrorCode.NotFound), (r.Refusal, r.Code)));
        await AssertNothingHappenedAsync(host, 3);
    });

    [Fact]
    public void The_refusal_of_an_unknown_owner_names_the_registered_ones() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.RegisterAsync("known");

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() =>
            host.BackupAsync(r => r with { Owners = [new SecureId(0x77)] }));

        Assert.Equal(OperationRefusal.NoSuchOwner, refused.Refusal);
        Assert.Contains("known", refused.Message, StringComparison.Ordinal);
        Assert.Single(host.Modes);
    });

    [Fact]
    public void A_host_without_owners_refuses_every_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await then.AddOwnerAsync("one");
        await then.BackupAsync();
        await using VirtualHost now = await VirtualHost.StartAsync(time);

        OperationRefusedException backup = await Assert.ThrowsAsync<OperationRefusedException>(() => now.BackupAsync());
        OperationRefusedException restore = await Assert.ThrowsAsync<OperationRefusedException>(() => now.RestoreAsync(r => r, then.Repository));

        Assert.Equal((OperationRefusal.NoSuchOwner, OperationRefusal.NoSuchOwner), (backup.Refusal, restore.Refusal));
        Assert.Single(now.Modes);
    });

    [Fact]
    public void An_owner_named_twice_takes_part_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");

        BackupReport backup = await host.BackupAsync(r => r with { Owners = [Known, Known] });
        RestoreReport restore = await host.RestoreAsync(r => r with { Owners = [Known, Known] });

        Assert.Single(backup.Owners);
        Assert.Single(restore.Owners);
        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded), (backup.Outcome, restore.Outcome));
    });

    [Fact]
    public void A_list_of_owners_that_the_caller_changes_later_changes_no_request() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        List<SecureId> owners = [Known];

        Task<BackupReport> running = host.BackupAsync(r => r with { Owners = owners });
        owners.Clear();

        Assert.Equal("one", Assert.Single((await running).Owners).Name);
    });

    [Fact]
    public void Every_refusal_while_an_operation_runs_names_its_holder() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        List<OperationRefusedException> refusals = [];
        owner.On(OwnerCallKind.GetBackupDataSection, async (_, _) =>
        {
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync()));
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync()));
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() => host.RegisterAsync("two")));
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() => host.Engine.UnregisterAsync(Known)));
        });

        BackupReport report = await host.BackupAsync(r => r with { Holder = "the nightly backup", Choice = BackupChoice.Base });

        Assert.Equal((OperationOutcome.Succeeded, 4), (report.Outcome, refusals.Count));
        Assert.All(refusals, r => Assert.Equal((OperationRefusal.InUse, ErrorCode.InUse, "the nightly backup"), (r.Refusal, r.Code, r.Holder)));
    });

    private static async Task AssertNothingHappenedAsync(VirtualHost host, int modes)
    {
        Assert.Equal(modes, host.Modes.Count);
        Assert.Equal(modes / 2, (await host.Repository.ListSetsAsync(HostFixture.Never)).Count);
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    }

    [Fact]
    public void A_set_of_another_repository_is_refused_before_anything_changes() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        RepositoryOptions options = new() { Workers = 0, TimeProvider = time.Clock };
        await using BackupRepository other = await BackupRepository.CreateAsync(new TearingStorage(), options, HostFixture.Never);
        int modes = host.Modes.Count;

        await Record.ExceptionAsync(() => host.RestoreAsync(r => r with { Repository = other }, HostFixture.Never));

        Assert.Equal(modes, host.Modes.Count);
    });
}
