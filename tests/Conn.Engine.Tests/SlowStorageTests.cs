using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Storage;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Restores on a storage that really awaits: owners fail between any two steps of the commit, and the storage gives up in its own way.</summary>
public sealed class SlowStorageTests
{
    private static readonly ErrorCode Own = new(-4711);

    [Theory]
    [InlineData(OwnerPolicy.Required)]
    [InlineData(OwnerPolicy.BestEffort)]
    public void An_owner_that_fails_while_the_engine_lists_pending_restores_before_the_commit_is_not_committed_without_its_prepared_data(OwnerPolicy policy) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        ActiveBackupClient? client = null;
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", policy, p => p.WithClient(c => client = c));
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.BackupAsync();
        bad.Set("now");
        good.Set("now");
        SlowStorage storage = new(host.Storage, time);
        await using BackupRepository repository = await storage.OpenAsync(time);
        bool prepared = false;
        bool done = false;
        using IDisposable watch = host.Engine.Progress.Subscribe(p => prepared |= p is { Phase: OperationPhase.Prepared, Owner: "good" });
        storage.Listing = async () =>
        {
            if (prepared && !done)
            {
                done = true;
                await client!.ConfirmReadyForBurAsync(Own, HostFixture.Never);
            }
        };

        RestoreReport report = await host.RestoreAsync(r => r with { Repository = repository });
        BackupReport next = await host.BackupAsync();

        Assert.True(done);
        Assert.Equal(Own, report.Of("bad").Error);
        Assert.Equal((policy == OwnerPolicy.BestEffort, policy == OwnerPolicy.BestEffort ? "now, good: data" : "now, now"), (report.Committed, $"{bad.Text()}, {good.Text()}"));
        Assert.Equal((OperationOutcome.Succeeded, ""), (next.Outcome, string.Join(' ', next.Notes)));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_required_owner_that_fails_before_the_commit_record_is_durable_stops_the_restore(bool prepares) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        ActiveBackupClient? client = null;
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.Required, p => (prepares ? p : p.WithLayer((call, next, t) =>
            call.Kind == OwnerCallKind.Begin ? new(default(OwnerCallResult)) : next(call, t))).WithClient(c => client = c));
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.BackupAsync();
        bad.Set("now");
        good.Set("now");
        SlowStorage storage = new(host.Storage, time);
        await using BackupRepository repository = await storage.OpenAsync(time);
        bool done = false;
        storage.Creating = async path =>
        {
            if (path.StartsWith("restores/", StringComparison.Ordinal) && client is { } now && !done)
            {
                done = true;
                await now.ConfirmReadyForBurAsync(Own, HostFixture.Never); // the record is not even written, let alone durable
            }
        };

        RestoreReport report = await host.RestoreAsync(r => r with { Repository = repository });
        await host.BackupAsync();

        Assert.True(done);
        Assert.Equal(Own, report.Of("bad").Error);
        Assert.Equal((false, "now, now"), (report.Committed, $"{bad.Text()}, {good.Text()}"));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_storage_that_times_out_with_a_cancellation_after_the_commit_record_is_placed_does_not_count_as_an_abort(bool readable) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        one.Set("now");
        two.Set("now");
        TimesOut storage = new(host.Storage);
        await using BackupRepository repository = await storage.OpenAsync(time);
        storage.Failing = readable ? 1 : 100;

        Exception? thrown = await Record.ExceptionAsync(() => host.RestoreAsync(r => r with { Repository = repository }, HostFixture.Never));
        storage.Failing = 0;
        IReadOnlyList<RestoreRecord> pending = await host.Repository.Restores.ListPendingAsync(HostFixture.Never);
        BackupReport next = await host.BackupAsync();

        Assert.True(thrown is null or not OperationCanceledException || pending.Count == 0, $"{thrown?.GetType().Name}: nobody aborted, and {pending.Count} record is pending; {string.Join(' ', next.Notes)} {next.Outcome} {one.Text()}, {two.Text()}");
    });

    [Fact]
    public void A_storage_that_times_out_with_a_cancellation_does_not_restore_one_owner_and_not_the_other() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        one.Set("now");
        two.Set("now");
        two.On(OwnerCallKind.TerminateMultiStageOperation, (call, _) => call == 0 ? throw new ConnException(ErrorCode.General, "not now") : default);
        TimesOut storage = new(host.Storage);
        await using BackupRepository repository = await storage.OpenAsync(time);
        storage.Failing = 1;

        Exception? thrown = await Record.ExceptionAsync(() => host.RestoreAsync(r => r with { Repository = repository }, HostFixture.Never));
        await host.BackupAsync();

        Assert.True(one.Text() == two.Text().Replace("two", "one", StringComparison.Ordinal), $"{thrown?.GetType().Name}; then: {one.Text()}, {two.Text()}");
    });

    /// <summary>Flushes of records give up as an HTTP client does.</summary>
    private sealed class TimesOut(IRepositoryStorage inner) : ForwardingStorage(inner)
    {
        public int Failing { get; set; }

        public override ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken) =>
            path == "restores" && Failing-- > 0 ? throw new TaskCanceledException("The request timed out.") : base.FlushFolderAsync(path, cancellationToken);
    }
}
