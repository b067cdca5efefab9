using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.Engine;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>Other processes ask a host through its socket.</summary>
public sealed class RequesterTests : IAsyncLifetime
{
    private readonly Place _place = new();
    private readonly Notes _notes = new();
    private IHost _host = null!;
    private ConnRequester _requester = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IpcClientOptions Socket => new() { SocketPath = _place.At("s") };

    public async ValueTask InitializeAsync()
    {
        _host = Applications.Build(
            c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("notes")
                .AddRemoteOwner(new DataOwnerRegistration("far") { Policy = OwnerPolicy.BestEffort, SupportsIncremental = false })
                .Configure(static o => o.ReadinessTimeout = TimeSpan.FromSeconds(5))
                .ListenOnSocket(o => o with { SocketPath = _place.At("s") }),
            notes: _notes);
        await _host.StartAsync(Token);
        _requester = await ConnRequester.ConnectAsync(Socket, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _requester.DisposeAsync();
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
        _place.Dispose();
    }

    [Fact]
    public async Task A_backup_and_a_restore_are_made_with_their_steps_and_reports()
    {
        List<OperationPhase> steps = [];
        BackupReport backup = await _requester.BackupAsync(new BackupAsk { Owners = ["notes"], Tags = ["asked"] }, p => steps.Add(p.Phase), Token);
        Assert.Equal(OperationOutcome.Succeeded, backup.Outcome);
        Assert.Equal(("notes", OwnerOutcome.Succeeded, backup.Bytes), (backup.Owners[0].Name, backup.Owners[0].Outcome, backup.Owners[0].Bytes));
        Assert.Contains(OperationPhase.OwnerFinished, steps);

        _notes.Text = "second";
        RestoreReport plan = await _requester.RestoreAsync(new RestoreAsk { PlanOnly = true }, null, Token);
        Assert.Equal((true, "second"), (plan.PlanOnly, _notes.Text));
        RestoreReport restore = await _requester.RestoreAsync(new RestoreAsk { Set = "1" }, null, Token);
        Assert.Equal((backup.SetId, true, "first"), (restore.SetId, restore.Committed, _notes.Text));
        Assert.Equal(
            [("backup", OperationOutcome.Succeeded), ("plan of a restore", OperationOutcome.Succeeded), ("restore", OperationOutcome.Succeeded)],
            (await _requester.HistoryAsync(Token)).Select(static o => (o.Kind, o.Outcome!.Value)));
    }

    [Fact]
    public async Task Refusals_arrive_as_the_host_threw_them()
    {
        Assert.Equal(OperationRefusal.NoSuchOwner, (await Assert.ThrowsAsync<OperationRefusedException>(
            () => _requester.BackupAsync(new BackupAsk { Owners = ["nobody"] }, null, Token))).Refusal);
        RepositoryException none = await Assert.ThrowsAsync<RepositoryException>(() => _requester.RestoreAsync(new RestoreAsk { Set = "7" }, null, Token));
        Assert.Equal((RepositoryFailure.NoSuchSet, "7"), (none.Failure, none.Set));
        Assert.Equal(OperationRefusal.NeedsBase, (await Assert.ThrowsAsync<OperationRefusedException>(
            () => _requester.BackupAsync(new BackupAsk { Owners = ["notes"], Choice = BackupChoice.Increment }, null, Token))).Refusal);
    }

    [Fact]
    public async Task An_operation_that_runs_is_seen_and_aborted_by_another_process()
    {
        TaskCompletionSource inside = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _notes.OnBackup = async token =>
        {
            inside.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        Task<BackupReport> backup = _requester.BackupAsync(new BackupAsk { Owners = ["notes"] }, null, Token);
        await inside.Task.WaitAsync(Token);
        await using ConnRequester other = await ConnRequester.ConnectAsync(Socket, Token);

        BackupStatus status = await other.StatusAsync(Token);
        Assert.Equal("backup", status.Operation?.Kind);
        Assert.Contains($"process {Environment.ProcessId}", status.Operation!.Holder, StringComparison.Ordinal);
        Assert.NotEqual(BurMode.Normal, status.Mode);
        Assert.Equal(OperationRefusal.InUse, (await Assert.ThrowsAsync<OperationRefusedException>(() => other.BackupAsync(null, null, Token))).Refusal);
        Assert.Equal("backup", (await other.AbortAsync(Token))?.Kind);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup);
        Assert.Null((await other.StatusAsync(Token)).Operation);
        Assert.Null(await other.AbortAsync(Token));
        Assert.Contains(await other.HistoryAsync(Token), static o => o.Error is { } error && error.Contains("aborted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_owner_of_another_program_joins_and_is_shown_where_it_runs()
    {
        BackupStatus before = await _requester.StatusAsync(Token);
        Assert.Equal([("notes", "this host"), ("far", "")], before.Owners.Select(static o => (o.Name, o.Where)));
        SecureId far = DataOwnerRegistration.SidOf("far");
        string file = _place.At("far.txt");
        await File.WriteAllTextAsync(file, "far data", Token);
        await using IpcPropertyStore bus = await IpcPropertyStore.ConnectAsync(Socket, Token);
        await using IPropertyClient client = await bus.OpenAsync(bus.MintIdentity(far, CapabilitySet.Empty), Token);
        await using StagedFileOwner owner = new("far", file);
        await using DataOwnerParticipant participant = new(client, new IpcOwnerTransport(Socket), far, owner);

        Assert.Contains($"process {Environment.ProcessId}", (await _requester.StatusAsync(Token)).Owners[1].Where, StringComparison.Ordinal);
        BackupReport backup = await _requester.BackupAsync(null, null, Token);
        Assert.All(backup.Owners, static o => Assert.Equal(OwnerOutcome.Succeeded, o.Outcome));
        await File.WriteAllTextAsync(file, "lost", Token);
        Assert.True((await _requester.RestoreAsync(null, null, Token)).Committed);
        Assert.Equal("far data", await File.ReadAllTextAsync(file, Token));
    }

    [Fact]
    public async Task A_program_that_has_joined_asks_for_backups_by_the_same_service()
    {
        Notes far = new() { Text = "far data" };
        using IHost joined = Applications.Build(c => c.ConnectToDaemon(_place.At("s")).AddOwner<NoteOwner>("far"), notes: far);
        await joined.StartAsync(Token);
        await joined.Get<IBurModeMonitor>().WaitForNormalAsync(Token);
        IBackupService service = joined.Get<IBackupService>();
        Assert.Equal(OperationOutcome.Succeeded, (await service.BackupAsync(null, Token)).Outcome);
        far.Text = "lost";
        Assert.True((await service.RestoreAsync(null, Token)).Committed);
        Assert.Equal("far data", far.Text);
        await joined.StopAsync(Token);
    }

    [Fact]
    public async Task An_owner_of_another_program_that_is_not_there_costs_its_own_part_only()
    {
        BackupReport backup = await _requester.BackupAsync(null, null, Token);
        Assert.Equal(OperationOutcome.Partial, backup.Outcome);
        Assert.Equal([OwnerOutcome.Succeeded, OwnerOutcome.Failed], backup.Owners.Select(static o => o.Outcome));
        Assert.Equal(ErrorCode.TimedOut, backup.Owners[1].Error);
    }
}
