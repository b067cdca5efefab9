using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

/// <summary>What a decided restore left waiting is neither lost nor passed over in silence, whatever runs next.</summary>
public sealed class LeftWaitingTests
{
    [Fact]
    public void A_manager_that_others_wait_for_is_not_restored_for_itself_meanwhile() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        manager.Keep(2, "then");
        await host.BackupAsync();
        manager.Keep(2, "now");
        FailsOnce(manager, CallbackKind.RestoreComplete, ErrorCode.General);
        FailsOnce(manager, CallbackKind.ResumeRestore, ErrorCode.General);
        await RestoreAsync(host, r => r with { Owners = [Sid(2)] });

        RestoreReport alone = await RestoreAsync(host, r => r with { Owners = [Sid(1)] });
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Failed, ErrorCode.InUse), (alone.Outcome, alone.Of("manager").Error));
        Assert.Equal((OperationOutcome.Succeeded, "then"), (next.Outcome, manager.Kept(2)));
    });

    [Fact]
    public void What_cannot_be_rolled_forward_is_said_again_until_a_report_has_said_it() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        FailsOnce(one, CallbackKind.RestoreComplete, ErrorCode.General);
        await host.RestoreAsync();
        one.Fail(CallbackKind.ResumeRestore, ErrorCode.NotFound);

        await Assert.ThrowsAsync<OperationRefusedException>(() => RestoreAsync(host, r => r with { Plans = Refusing(1) }));
        BackupReport told = await host.BackupAsync();
        BackupReport after = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Failed, told.Outcome);
        Assert.Contains(told.Notes, n => n.Contains("cannot be rolled forward", StringComparison.Ordinal));
        Assert.Equal(OperationOutcome.Succeeded, after.Outcome);
        Assert.Empty(await host.Repository.ListPendingRestoresAsync(HostFixture.Never));
    });

    [Fact]
    public void Data_of_a_newer_version_waits_for_the_owner_that_knows_it() => VirtualTime.Run(async time =>
    {
        ScriptedDisk disk = new();
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner newer = await AddVersionAsync(then, disk, 2);
        newer.Set("of version 2");
        await then.BackupAsync();
        newer.Set("of version 1");
        newer.Fail(CallbackKind.RestoreComplete, ErrorCode.General);
        await then.RestoreAsync();

        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner older = await AddVersionAsync(now, disk, 1);
        BackupReport early = await now.Engine.BackupAsync(new BackupRequest { Repository = then.Repository }, HostFixture.Never);
        string meanwhile = older.Text();
        await using VirtualHost last = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner again = await AddVersionAsync(last, disk, 2);
        BackupReport late = await last.Engine.BackupAsync(new BackupRequest { Repository = then.Repository }, HostFixture.Never);

        Assert.Equal((OperationOutcome.Failed, "of version 1"), (early.Outcome, meanwhile));
        Assert.Contains(early.Notes, n => n.Contains("version 2", StringComparison.Ordinal) && n.Contains("up to 1", StringComparison.Ordinal));
        Assert.Equal((OperationOutcome.Succeeded, "of version 2"), (late.Outcome, again.Text()));
    });

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_decision_counts_when_it_is_durable_and_not_when_it_is_seen(int failingFlushes, bool committed) => VirtualTime.Run(async time =>
    {
        HashSet<string> ends = [];
        for (int seed = 0; seed < 24; seed++)
        {
            ScriptedDisk disk = new();
            await using VirtualHost then = await VirtualHost.StartAsync(time);
            using ScriptedDataOwner one = new("one", then.Trace, disk);
            await then.AddAsync("one", one, r => r with { Drives = Both });
            await SetAsync(disk, 1, () => then.BackupAsync());
            await SetAsync(disk, 9, () => Task.CompletedTask);
            one.On(CallbackKind.RestoreComplete, (call, _) => call == 1 ? throw new ConnException(ErrorCode.General, "the power goes here") : default);
            FaultyStorage storage = new(then.Storage);
            await using BackupRepository repository = await BackupRepository.OpenAsync(storage, new RepositoryOptions { Workers = 0, TimeProvider = time.Clock }, HostFixture.Never);
            storage.FailingFlushes = failingFlushes;

            RestoreReport report = await then.Engine.RestoreAsync(new RestoreRequest { Repository = repository, Set = (await repository.ListSetsAsync(HostFixture.Never))[^1] }, HostFixture.Never);
            then.Storage.Crash(seed);
            await using VirtualHost now = await VirtualHost.StartAsync(time);
            using ScriptedDataOwner again = new("one", now.Trace, disk);
            await now.AddAsync("one", again, r => r with { Drives = Both });
            await now.Engine.BackupAsync(new BackupRequest { Repository = then.Repository }, HostFixture.Never);

            Assert.Equal(committed, report.Committed);
            ends.Add(string.Join(' ', Both.Select(d => disk.Data[d][0])));
        }

        Assert.Subset(new HashSet<string>(committed ? ["1 1"] : ["1 1", "9 9"]), ends);
    });

    [Fact]
    public void A_backup_that_is_committed_is_reported_though_its_writers_name_stays() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        FaultyStorage storage = new(host.Storage) { HolderStays = true };
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, new RepositoryOptions { Workers = 0, TimeProvider = time.Clock }, HostFixture.Never);

        BackupReport report = await host.Engine.BackupAsync(new BackupRequest { Repository = repository }, HostFixture.Never);

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Contains(report.Notes, n => n.Contains("the name stays", StringComparison.Ordinal));
        Assert.Single(await host.Repository.ListSetsAsync(HostFixture.Never));
    });

    [Fact]
    public void A_helper_of_whom_nobody_needs_help_any_more_is_not_waited_for() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner refused = await host.AddProxiedAsync("refused", [1], OwnerPolicy.BestEffort);
        using ScriptedDataOwner free = await host.AddOwnerAsync("free");
        await host.BackupAsync();
        manager.Hang(CallbackKind.Recover);
        TimeSpan from = time.Elapsed;

        RestoreReport report = await RestoreAsync(host, r => r with { Owners = [Sid(2), Sid(3)], Plans = Refusing(2) });

        Assert.Equal((OperationOutcome.Partial, OwnerOutcome.Succeeded), (report.Outcome, report.Of("free").Outcome));
        Assert.InRange(time.Elapsed - from, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    });

    [Fact]
    public void A_plan_that_is_given_up_is_cancelled_and_the_refusal_names_the_setting() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        CancellationToken given = default;
        Plan silent = new(token =>
        {
            given = token;
            return new ValueTask(new TaskCompletionSource().Task);
        });

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => RestoreAsync(host, r => r with { Plans = new Dictionary<SecureId, IRestorePlan> { [Sid(1)] = silent } }));
        await time.DelayAsync(TimeSpan.FromMilliseconds(1));

        Assert.True(given.IsCancellationRequested);
        Assert.Contains("NoProgressTimeout", refused.Message, StringComparison.Ordinal);
    });

    private static readonly DriveList Both = DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E'));

    private static void FailsOnce(ScriptedDataOwner owner, CallbackKind callback, ErrorCode code) =>
        owner.On(callback, (call, _) => call == 0 ? throw new ConnException(code, "not now") : default);

    private static Dictionary<SecureId, IRestorePlan> Refusing(int owner) =>
        new() { [Sid(owner)] = new Plan(_ => throw new ConnException(ErrorCode.DiskFull, "no room")) };

    private static async Task<ScriptedDataOwner> AddVersionAsync(VirtualHost host, ScriptedDisk disk, uint version)
    {
        ScriptedDataOwner owner = new("one", host.Trace, disk);
        await host.AddAsync("one", owner, r => r with { DataVersion = version });
        return owner;
    }

    private static async Task SetAsync(ScriptedDisk disk, byte value, Func<Task> then)
    {
        foreach (DriveNumber drive in Both)
        {
            disk.Data[drive] = [value];
        }

        await then();
    }

    private static async Task<RestoreReport> RestoreAsync(VirtualHost host, Func<RestoreRequest, RestoreRequest> with) => await host.Engine.RestoreAsync(
        with(new RestoreRequest { Repository = host.Repository, Set = (await host.Repository.ListSetsAsync(HostFixture.Never))[^1] }), HostFixture.Never);

    private sealed class Plan(Func<CancellationToken, ValueTask> answer) : IRestorePlan
    {
        public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) => answer(cancellationToken);
    }
}
