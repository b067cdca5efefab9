using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Repository;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests;

/// <summary>A host whose repository and owners lie inside each other: nothing that belongs to others is stored or swapped away.</summary>
public sealed class HostPlacesTests : IAsyncLifetime
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("conn-places-").FullName;
    private ConnHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => At("data");

    private string Database => At("data/ledger.db");

    public async ValueTask InitializeAsync()
    {
        System.IO.Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(At("data/a"), "first", Token);
        _host = await ConnHost.StartAsync(cancellationToken: Token);
        await _host.AddAsync(new DirectoryDataOwner("data", Data));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_repository_inside_an_owners_folder_is_not_stored_and_no_restore_removes_it()
    {
        await using BackupRepository repository = await OpenAsync("data/backups");
        BackupReport first = await _host.BackupAsync(repository, Token);
        BackupReport second = await _host.BackupAsync(repository, Token);

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => _host.RestoreAsync(repository, Token));

        Assert.Equal(OperationRefusal.RefusedByOwner, refused.Refusal);
        Assert.Contains(At("data/backups"), refused.Message, StringComparison.Ordinal);
        Assert.Equal([first.Set!.Id, second.Set!.Id], (await repository.ListSetsAsync(Token)).Select(s => s.Id));
        Assert.True(second.Owners[0].Bytes < 4096, $"Expected: an increment without the repository. Actual: {second.Owners[0].Bytes} bytes.");
        Assert.Contains(first.Owners[0].Notes, n => n.Contains("backups", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_and_a_database_inside_it_are_not_restored_together_and_each_can_be_alone()
    {
        Sql("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
        await _host.AddAsync(new SqliteDataOwner("ledger", Database));
        await using BackupRepository repository = await OpenAsync("backups");
        BackupReport backup = await _host.BackupAsync(repository, Token);
        Sql("INSERT INTO t VALUES (2)");

        OperationRefusedException together = await Assert.ThrowsAsync<OperationRefusedException>(() => _host.RestoreAsync(repository, Token));
        Assert.Equal((OperationRefusal.Overlap, 2L), (together.Refusal, Sql("SELECT count(*) FROM t")));

        OperationRefusedException outer = await Assert.ThrowsAsync<OperationRefusedException>(() => RestoreAsync("data"));
        Assert.Equal((OperationRefusal.RefusedByOwner, 2L), (outer.Refusal, Sql("SELECT count(*) FROM t")));

        Assert.Equal(OperationOutcome.Succeeded, (await RestoreAsync("ledger")).Outcome);
        Assert.Equal(1L, Sql("SELECT count(*) FROM t"));

        System.IO.Directory.Delete(Data, recursive: true);
        Assert.Equal(OperationOutcome.Succeeded, (await RestoreAsync("data")).Outcome);
        Assert.Equal(OperationOutcome.Succeeded, (await RestoreAsync("ledger")).Outcome);
        Assert.Equal(("first", 1L), (await File.ReadAllTextAsync(At("data/a"), Token), Sql("SELECT count(*) FROM t")));

        Task<RestoreReport> RestoreAsync(string owner) => _host.Engine.RestoreAsync(
            new RestoreRequest { Repository = repository, Set = backup.Set!, Owners = [DataOwnerRegistration.SidOf(owner)] }, Token);
    }

    [Fact]
    public async Task A_database_inside_a_folder_is_stored_by_its_own_owner_only_also_when_a_link_leads_there()
    {
        Sql("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
        System.IO.Directory.CreateSymbolicLink(At("link"), Data);
        await _host.AddAsync(new SqliteDataOwner("ledger", At("link/ledger.db")));
        await using BackupRepository repository = await OpenAsync("backups");
        await _host.BackupAsync(repository, Token);
        await _host.RemoveAsync(DataOwnerRegistration.SidOf("ledger"));
        System.IO.Directory.Delete(Data, recursive: true);

        Assert.Equal(OperationOutcome.Succeeded, (await _host.RestoreAsync(repository, Token)).Outcome);

        Assert.Equal((true, false), (File.Exists(At("data/a")), File.Exists(Database)));
    }

    [Fact]
    public async Task An_owner_inside_the_repository_is_refused()
    {
        await using BackupRepository repository = await OpenAsync("backups");
        string inside = At("backups/own");
        System.IO.Directory.CreateDirectory(inside);
        await _host.AddAsync(new DirectoryDataOwner("inside", inside));

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => _host.BackupAsync(repository, Token));

        Assert.Equal(OperationRefusal.Overlap, refused.Refusal);
    }

    [Fact]
    public async Task A_restore_that_was_cut_off_is_settled_at_start_and_says_what_it_replaced()
    {
        await using BackupRepository repository = await OpenAsync("backups");
        await _host.RemoveAsync(DataOwnerRegistration.SidOf("data"));
        await _host.AddAsync(new DirectoryDataOwner("data", Data) { BeforeSwapStep = _ => throw new ConnException(ErrorCode.General, "the disk says no") });
        await _host.BackupAsync(repository, Token);
        RestoreReport cut = await _host.RestoreAsync(repository, Token);
        Assert.Equal((OperationOutcome.Failed, true), (cut.Outcome, cut.Committed));
        await _host.DisposeAsync();
        await File.WriteAllTextAsync(At("data/a"), "written since", Token);
        File.SetLastWriteTimeUtc(At("data/a"), DateTime.UnixEpoch.AddYears(200));

        _host = await ConnHost.StartAsync(cancellationToken: Token);
        await _host.AddAsync(new DirectoryDataOwner("data", Data));
        ResumeReport resumed = await _host.ResumeAsync(repository, Token);
        ResumeReport again = await _host.ResumeAsync(repository, Token);

        Assert.Equal((OperationOutcome.Succeeded, 1, 0), (resumed.Outcome, resumed.Pending, again.Pending));
        Assert.Contains(resumed.Notes, n => n.StartsWith("WARNING: Owner data: ", StringComparison.Ordinal) && n.Contains(At("data/a"), StringComparison.Ordinal));
        Assert.Equal("first", await File.ReadAllTextAsync(At("data/a"), Token));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private ValueTask<BackupRepository> OpenAsync(string name) => BackupRepository.OpenOrCreateAsync(At(name), cancellationToken: Token);

    private object? Sql(string text)
    {
        using SqliteConnection connection = new($"Data Source={Database};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }
}
