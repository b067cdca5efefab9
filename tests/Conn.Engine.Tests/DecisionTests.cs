using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Storage;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A restore's plan, its decision, and what is said of it afterwards.</summary>
public sealed class DecisionTests
{
    [Fact]
    public void A_storage_that_fails_after_the_decision_is_durable_does_not_take_it_back() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        FailsAfterRename storage = new(host.Storage);
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, new RepositoryOptions { Workers = 0, TimeProvider = time.Clock }, HostFixture.Never);
        owner.Set("changed");
        storage.IsArmed = true;

        RestoreReport report = await host.Engine.RestoreAsync(
            new RestoreRequest { Repository = repository, Set = (await repository.ListSetsAsync(HostFixture.Never))[^1] }, HostFixture.Never);

        Assert.True(storage.HasFailed);
        Assert.Equal((true, OperationOutcome.Succeeded), (report.Committed, report.Outcome));
        Assert.Contains(report.Notes, n => n.Contains("after the restore was decided", StringComparison.Ordinal));
        Assert.Equal("one: data", owner.Text());
        Assert.Empty(await host.Repository.ListPendingRestoresAsync(HostFixture.Never));
    });

    [Fact]
    public void An_owner_is_recorded_as_done_only_after_it_is_in_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        bool? pending = null;
        owner.On(CallbackKind.RestoreComplete, async (_, _) =>
            pending = (await host.Repository.ListPendingRestoresAsync(HostFixture.Never)).Any(r => r.Owners.Any(o => !o.Completed)));

        await host.RestoreAsync();

        Assert.True(pending);
        Assert.Empty(await host.Repository.ListPendingRestoresAsync(HostFixture.Never));
    });

    [Fact]
    public void What_fails_after_the_data_is_in_place_leaves_nothing_to_roll_forward() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        owner.Fail(CallbackKind.GetDataChecksum, ErrorCode.NotSupported);

        RestoreReport report = await RestoreAsync(host, r => r with { Checksums = true });
        owner.Set("written after the restore");
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Partial, OwnerOutcome.Incomplete), (report.Outcome, report.Of("one").Outcome));
        Assert.Contains("in place", report.Of("one").Errors[^1], StringComparison.Ordinal);
        Assert.Equal((OperationOutcome.Succeeded, "written after the restore"), (next.Outcome, owner.Text()));
        Assert.DoesNotContain(next.Notes, n => n.Contains("rolled forward", StringComparison.Ordinal));
    });

    [Fact]
    public void A_restore_to_another_place_leaves_what_is_decided_to_the_next_run_in_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        two.Set("lost");
        two.Fail(CallbackKind.RestoreComplete, ErrorCode.General);
        await host.RestoreAsync();
        two.On(CallbackKind.RestoreComplete, (_, _) => default);
        one.Fail(CallbackKind.RestoreBaseDataSection, ErrorCode.DiskFull);

        RestoreReport elsewhere = await RestoreAsync(host, r => r with { InPlace = false });
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Failed, false), (elsewhere.Outcome, elsewhere.Committed));
        Assert.Contains(next.Notes, n => n.Contains("rolled forward", StringComparison.Ordinal));
        Assert.Equal((OperationOutcome.Succeeded, "two: data"), (next.Outcome, two.Text()));
    });

    [Fact]
    public void A_plan_foretells_the_outcome_and_the_bytes() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner refuses = host.Owner("refuses");
        SecureId sid = await host.AddAsync("refuses", refuses, r => r with { Policy = OwnerPolicy.BestEffort });
        await host.BackupAsync();
        Dictionary<SecureId, IRestorePlan> plans = new() { [sid] = new Answers(() => throw new InvalidOperationException("no room")) };

        RestoreReport plan = await RestoreAsync(host, r => r with { Plans = plans, PlanOnly = true });
        bool touched = host.Trace.Of("good").Any(l => l.Contains("Restore", StringComparison.Ordinal));
        RestoreReport restored = await RestoreAsync(host, r => r with { Plans = plans });

        Assert.False(touched);
        Assert.Equal((OperationOutcome.Partial, OperationOutcome.Partial), (plan.Outcome, restored.Outcome));
        Assert.Equal((false, true), (plan.Committed, restored.Committed));
        Assert.Equal((10, 10), (plan.Of("good").Bytes, restored.Of("good").Bytes));
        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (plan.Of("refuses").Outcome, plan.Of("refuses").Error));
    });

    [Fact]
    public void A_plan_that_never_answers_is_a_refusal_and_the_engine_is_free_again() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        SecureId sid = await host.AddAsync("one", owner);
        await host.BackupAsync();
        Dictionary<SecureId, IRestorePlan> plans = new() { [sid] = new Answers(() => new ValueTask(new TaskCompletionSource().Task)) };

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => RestoreAsync(host, r => r with { Plans = plans }));

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.TimedOut), (refused.Refusal, refused.Code));
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    });

    [Fact]
    public void A_best_effort_owner_whose_chain_is_broken_is_left_out() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner optional = await host.AddOwnerAsync("optional", OwnerPolicy.BestEffort);
        BackupReport first = await host.BackupAsync();
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        optional.Set("changed");
        await host.BackupAsync();
        good.Set("lost");
        foreach ((string path, int _) in host.Storage.Files().Where(f => f.Path.Contains(first.Set!.Id.Text, StringComparison.Ordinal)))
        {
            host.Storage.Put(path, null);
        }

        RestoreReport report = await RestoreAsync(host, r => r);

        Assert.Equal((OperationOutcome.Partial, ErrorCode.Corrupt), (report.Outcome, report.Of("optional").Error));
        Assert.Equal(("good: data", "changed"), (good.Text(), optional.Text()));
    });

    [Fact]
    public void A_restore_in_which_another_owner_cannot_be_rolled_forward_is_not_called_succeeded() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner stuck = await host.AddOwnerAsync("stuck");
        SecureId good = new(0x30000002);
        using ScriptedDataOwner other = await host.AddOwnerAsync("other");
        await host.BackupAsync();
        stuck.Fail(CallbackKind.RestoreComplete, ErrorCode.InUse);
        stuck.Fail(CallbackKind.ResumeRestore, ErrorCode.InUse);
        await RestoreAsync(host, r => r);

        RestoreReport report = await RestoreAsync(host, r => r with { Owners = [good] });

        Assert.Equal((true, OwnerOutcome.Succeeded), (report.Committed, report.Of("other").Outcome));
        Assert.Equal(OperationOutcome.Failed, report.Outcome);
        Assert.Contains(report.Notes, n => n.Contains("stuck", StringComparison.Ordinal));
    });

    private static async Task<RestoreReport> RestoreAsync(VirtualHost host, Func<RestoreRequest, RestoreRequest> change) => await host.Engine.RestoreAsync(
        change(new RestoreRequest { Repository = host.Repository, Set = (await host.Repository.ListSetsAsync(HostFixture.Never))[^1] }), HostFixture.Never);

    private sealed class Answers(Func<ValueTask> answer) : IRestorePlan
    {
        public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) => answer();
    }

    /// <summary>Fails once, when the folder of a record that was just renamed is flushed.</summary>
    private sealed class FailsAfterRename(IRepositoryStorage inner) : IRepositoryStorage
    {
        public bool IsArmed { get; set; }

        public bool HasFailed { get; private set; }

        public string Place => inner.Place;

        public ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken) => inner.ListAsync(folder, cancellationToken);

        public ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken) => inner.OpenReadAsync(path, cancellationToken);

        public ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken) => inner.CreateAsync(path, cancellationToken);

        public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken) => inner.CreateFolderAsync(path, cancellationToken);

        public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken) => inner.RenameAsync(from, to, cancellationToken);

        public ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => inner.DeleteAsync(path, cancellationToken);

        public ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken)
        {
            if (IsArmed && path.StartsWith("restores", StringComparison.Ordinal))
            {
                (IsArmed, HasFailed) = (false, true);
                throw new RepositoryException(RepositoryFailure.Io, "the device went away for a moment");
            }

            return inner.FlushFolderAsync(path, cancellationToken);
        }

        public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken) => inner.TryLockAsync(path, cancellationToken);
    }
}
