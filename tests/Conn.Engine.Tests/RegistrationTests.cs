using System.Collections;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>What can be registered, and when.</summary>
public sealed class RegistrationTests
{
    private static readonly SecureId One = new(1);
    private static readonly SecureId Two = new(2);
    private static readonly SecureId Three = new(3);

    /// <summary>A member, and a registration in which it is out of its range.</summary>
    public static TheoryData<string, DataOwnerRegistration> Faults
    {
        get
        {
            DataOwnerRegistration good = new("good", One);
            return new TheoryData<string, DataOwnerRegistration>
            {
                { "Name", good with { Name = null! } },
                { "Name", good with { Name = "" } },
                { "Name", good with { Name = " " } },
                { "Name", good with { Name = "with space" } },
                { "Name", good with { Name = "with\nbreak" } },
                { "Name", good with { Name = "end\n" } },
                { "Name", good with { Name = "../other" } },
                { "Name", good with { Name = ".hidden" } },
                { "Name", good with { Name = "grün" } },
                { "Name", good with { Name = "half\uD800" } },
                { "Name", good with { Name = new string('n', 65) } },
                { "Name", good with { Name = new string('n', 300) } },
                { "Sid", good with { Sid = default } },
                { "Sid", good with { Sid = SecureId.Engine } },
                { "Kind", good with { Kind = null! } },
                { "Kind", good with { Kind = new string('k', 513) } },
                { "Kind", good with { Kind = "half\uD800" } },
                { "Drives", good with { Drives = DriveList.Empty } },
                { "Drives", good with { Drives = new DriveList(1u << 26) } },
                { "Policy", good with { Policy = (OwnerPolicy)2 } },
                { "Policy", good with { Policy = (OwnerPolicy)(-1) } },
                { "ActiveType", good with { ActiveType = (ActiveType)3 } },
                { "ActiveType", good with { ActiveType = (ActiveType)(-1) } },
                { "MinSectionBytes", good with { MinSectionBytes = 0 } },
                { "MinSectionBytes", good with { MinSectionBytes = -1 } },
                { "MinSectionBytes", good with { MinSectionBytes = (1 << 20) + 1 } },
                { "MaxDataBytes", good with { MaxDataBytes = 0 } },
                { "MaxDataBytes", good with { MaxDataBytes = -1 } },
                { "MaxSnapshotBytes", good with { MaxSnapshotBytes = 0 } },
                { "MaxSnapshotBytes", good with { MaxSnapshotBytes = long.MinValue } },
                { "NoProgressTimeout", good with { NoProgressTimeout = TimeSpan.Zero } },
                { "NoProgressTimeout", good with { NoProgressTimeout = TimeSpan.FromMilliseconds(-2) } },
                { "NoProgressTimeout", good with { NoProgressTimeout = TimeSpan.FromTicks(1) } },
                { "NoProgressTimeout", good with { NoProgressTimeout = TimeSpan.FromDays(60) } },
                { "NoProgressTimeout", good with { NoProgressTimeout = TimeSpan.MaxValue } },
                { "NoProgressTimeout", good with { NoProgressTimeout = TimeSpan.MinValue } },
                { "ProxyManagers", good with { ProxyManagers = null! } },
                { "ProxyManagers", good with { ProxyManagers = [default] } },
                { "ProxyManagers", good with { ProxyManagers = [Two, Two] } },
                { "ProxyManagers", good with { ProxyManagers = [.. Enumerable.Range(2, 1001).Select(i => new SecureId((uint)i))] } },
                { "RestoreAfter", good with { RestoreAfter = null! } },
                { "RestoreAfter", good with { RestoreAfter = [Two, default] } },
                { "RestoreAfter", good with { RestoreAfter = [Two, Three, Two] } },
                { "RestoreAfter", good with { RestoreAfter = [.. Enumerable.Range(2, 1001).Select(i => new SecureId((uint)i))] } },
            };
        }
    }

    /// <summary>Registrations at the ends of every range.</summary>
    public static TheoryData<DataOwnerRegistration> Limits
    {
        get
        {
            DataOwnerRegistration good = new("good", One);
            return
            [
                good with { Name = "n" },
                good with { Name = "9" + new string('_', 63) },
                good with { Name = "a-b.c_D" },
                good with { Kind = new string('k', 512) },
                good with { Kind = "räumlich 🗂" },
                good with { Sid = new SecureId(uint.MaxValue) },
                good with { Drives = new DriveList((1u << 26) - 1) },
                good with { Drives = new DriveList(~3u) },
                good with { MinSectionBytes = 1 << 20 },
                good with { MaxDataBytes = 1, MaxSnapshotBytes = 1, SupportsIncremental = false },
                good with { NoProgressTimeout = TimeSpan.FromMilliseconds(1) },
                good with { NoProgressTimeout = TimeSpan.FromDays(24) },
                good with { NoProgressTimeout = Timeout.InfiniteTimeSpan },
                good with { DataVersion = uint.MaxValue },
            ];
        }
    }

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void A_registration_with_a_member_out_of_its_range_is_refused_and_the_message_names_the_member(string member, DataOwnerRegistration registration) =>
        VirtualTime.Run(async time =>
        {
            await using VirtualHost host = await VirtualHost.StartAsync(time);

            ConnException refused = await Assert.ThrowsAnyAsync<ConnException>(() => host.Engine.RegisterAsync(registration));

            Assert.Equal(ErrorCode.Argument, refused.Code);
            Assert.Contains(member, refused.Message, StringComparison.Ordinal);
            Assert.Empty(await host.Engine.OwnersAsync(HostFixture.Never));
        });

    [Theory]
    [MemberData(nameof(Limits), DisableDiscoveryEnumeration = true)]
    public void A_registration_at_the_end_of_a_range_takes_part(DataOwnerRegistration registration) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("other");
        using ScriptedDataOwner owner = new(registration.Name, host.Trace);
        owner.Data[DriveNumber.C] = [1];
        await host.Engine.RegisterAsync(registration);
        await host.ConnectReadyAsync(registration.Sid, owner);

        BackupReport report = await host.BackupAsync();

        // Drives without data are empty streams; a buffer of the whole range and the shortest time-out are enough for an owner that answers at once.
        Assert.Equal((OperationOutcome.Succeeded, ErrorCode.Success), (report.Outcome, report.Of(registration.Name).Error));
        Assert.Equal(registration.Kind, report.Set!.Part(registration.Sid.Value)!.Kind);
        await host.Repository.AssertVerifiedAsync();
    });

    [Theory]
    [InlineData("first", 9u)]
    [InlineData("another", 1u)]
    public void A_name_and_an_id_are_registered_once(string name, uint sid) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("first", One));

        ConnException refused = await Assert.ThrowsAsync<ConnException>(() => host.Engine.RegisterAsync(new DataOwnerRegistration(name, new SecureId(sid))));

        Assert.Equal(ErrorCode.AlreadyExists, refused.Code);
        Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));
        await host.Engine.RegisterAsync(new DataOwnerRegistration("second", Two));
    });

    [Fact]
    public void Lists_that_the_caller_changes_later_change_no_registration() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        List<SecureId> managers = [Two];
        List<SecureId> after = [Three];
        await host.Engine.RegisterAsync(new DataOwnerRegistration("one", One) { ProxyManagers = managers, RestoreAfter = after });

        managers.Add(One);
        after.Clear();
        after.Add(One);

        DataOwnerRegistration registered = Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never)).Registration;
        Assert.Equal([Two], registered.ProxyManagers);
        Assert.Equal([Three], registered.RestoreAfter);
    });

    [Theory]
    [InlineData("", "1", "")]
    [InlineData("1", "", "")]
    [InlineData("2", "", "1")]
    [InlineData("", "2", "1")]
    [InlineData("3", "", "1 2")]
    [InlineData("", "3", "1 2")]
    public void Circles_through_managers_and_dependencies_are_refused(string managers, string after, string others) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        if (others.Length > 0)
        {
            // Two depends on one by its managers; three on two by its order.
            await host.Engine.RegisterAsync(new DataOwnerRegistration("two", Two) { ProxyManagers = [One] });
            await host.Engine.RegisterAsync(new DataOwnerRegistration("three", Three) { RestoreAfter = [Two] });
        }

        int before = (await host.Engine.OwnersAsync(HostFixture.Never)).Count;
        ConnException refused = await Assert.ThrowsAsync<ConnException>(() => host.Engine.RegisterAsync(
            new DataOwnerRegistration("one", One) { ProxyManagers = Sids(managers), RestoreAfter = Sids(after) }));

        Assert.Equal(ErrorCode.Argument, refused.Code);
        Assert.Contains("RestoreAfter and ProxyManagers", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, (await host.Engine.OwnersAsync(HostFixture.Never)).Count);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("one", One));
    });

    [Fact]
    public void An_owner_can_be_removed_and_registered_with_other_properties() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        SecureId sid = await host.AddAsync("one", owner);
        await host.BackupAsync();
        IReadOnlyList<OwnerStanding> before = await host.Engine.OwnersAsync(HostFixture.Never);

        bool removed = await host.Engine.UnregisterAsync(sid);
        bool removedTwice = await host.Engine.UnregisterAsync(sid);
        OperationRefusedException none = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync());
        await host.Engine.RegisterAsync(new DataOwnerRegistration("renamed", sid) { DataVersion = 2, Policy = OwnerPolicy.BestEffort, Kind = "other" });
        BackupReport report = await host.BackupAsync();

        Assert.Single(before);
        Assert.Equal((true, false, OperationRefusal.NoSuchOwner), (removed, removedTwice, none.Refusal));
        Assert.Equal((OperationOutcome.Succeeded, 2u), (report.Outcome, report.Of("renamed").DataVersion));
        Assert.Equal("other", report.Set!.Part(sid.Value)!.Kind);
    });

    [Fact]
    public void A_circle_is_judged_by_the_owners_that_are_registered_now() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("one", One) { RestoreAfter = [Two] });
        await Assert.ThrowsAsync<ConnException>(() => host.Engine.RegisterAsync(new DataOwnerRegistration("two", Two) { ProxyManagers = [One] }));

        await host.Engine.UnregisterAsync(One);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("two", Two) { ProxyManagers = [One] });

        await Assert.ThrowsAsync<ConnException>(() => host.Engine.RegisterAsync(new DataOwnerRegistration("one", One) { RestoreAfter = [Two] }));
        await host.Engine.RegisterAsync(new DataOwnerRegistration("one", One) { ActiveType = ActiveType.ProxyOnly });
    });

    [Fact]
    public void The_session_of_an_owner_that_is_removed_ends() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, null);

        await host.Engine.UnregisterAsync(sid);

        Assert.Equal(ErrorCode.Success, await client.Ended);
        ConnException unknown = await Assert.ThrowsAsync<ConnException>(() => host.ConnectAsync(sid, null));
        Assert.Equal(ErrorCode.NotFound, unknown.Code);
    });

    [Fact]
    public void Registering_and_removing_are_refused_while_an_operation_runs() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        SecureId sid = await host.AddAsync("one", owner);
        List<OperationRefusedException> refusals = [];
        owner.On(OwnerCallKind.GetBackupDataSection, async (_, _) =>
        {
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() => host.Engine.UnregisterAsync(sid)));
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() => host.Engine.RegisterAsync(new DataOwnerRegistration("two", Two))));
        });

        BackupReport report = await host.BackupAsync(r => r with { Holder = "the nightly backup" });

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal(2, refusals.Count);
        Assert.All(refusals, r => Assert.Equal((OperationRefusal.InUse, ErrorCode.InUse, "the nightly backup"), (r.Refusal, r.Code, r.Holder)));
        Assert.True(await host.Engine.UnregisterAsync(sid));
    });

    private static IReadOnlyList<SecureId> Sids(string numbers) =>
        [.. numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => new SecureId(uint.Parse(n)))];

    [Fact]
    public void A_list_that_changes_while_it_is_checked_registers_nothing_unchecked() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        for (int at = 1; at <= 5; at++)
        {
            ChangingList list = new(at);
            await Record.ExceptionAsync(() => host.Engine.RegisterAsync(new DataOwnerRegistration("one", new SecureId(1)) { RestoreAfter = list }));
            IReadOnlyList<OwnerStanding> owners = await host.Engine.OwnersAsync(HostFixture.Never);
            Assert.DoesNotContain(owners.SelectMany(o => o.Registration.RestoreAfter), s => s.Value == 0);
            await host.Engine.UnregisterAsync(new SecureId(1));
        }
    });

    /// <summary>Empty, until it is walked for the n-th time.</summary>
    private sealed class ChangingList(int at) : IReadOnlyList<SecureId>
    {
        private int _walks;

        public int Count => 0;

        public SecureId this[int index] => default;

        public IEnumerator<SecureId> GetEnumerator() => Enumerable.Repeat(default(SecureId), ++_walks >= at ? 2 : 0).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
