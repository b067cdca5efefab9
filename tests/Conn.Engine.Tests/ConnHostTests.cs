using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;
using System.Text;
using System.Text.Json;
using Conn.ActiveBackup;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The embedder's day: a host on real files and a real repository.</summary>
public sealed class ConnHostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("conn-host-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Repository => Path.Combine(_folder, "backups");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_backed_up_and_lost_is_restored()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        string notes = await AddFileAsync(host, "notes", "first");
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);

        BackupReport backup = await host.BackupAsync(repository, Token);
        File.Delete(notes);
        RestoreReport restored = await host.RestoreAsync(repository, Token);

        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded, true), (backup.Outcome, restored.Outcome, restored.Committed));
        Assert.Equal("first", await File.ReadAllTextAsync(notes, Token));
    }

    [Fact]
    public async Task The_newest_set_that_holds_every_required_owner_is_restored()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        string notes = await AddFileAsync(host, "notes", "first");
        string letters = await AddFileAsync(host, "letters", "first");
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);
        BackupReport backup = await host.BackupAsync(repository, Token);
        await File.WriteAllTextAsync(notes, "second", Token);
        File.Delete(letters);
        Assert.Equal(OperationOutcome.Failed, (await host.BackupAsync(repository, Token)).Outcome);

        RestoreReport restored = await host.RestoreAsync(repository, Token);

        Assert.Equal(backup.SetId, restored.SetId);
        Assert.Equal(("first", "first"), (await File.ReadAllTextAsync(notes, Token), await File.ReadAllTextAsync(letters, Token)));
    }

    [Fact]
    public async Task Owners_that_no_set_holds_together_are_named_with_their_newest_sets()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        await AddFileAsync(host, "notes", "first");
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);
        BackupReport backup = await host.BackupAsync(repository, Token);
        await AddFileAsync(host, "letters", "first");

        RepositoryException none = await Assert.ThrowsAsync<RepositoryException>(() => host.RestoreAsync(repository, Token));

        Assert.Equal(RepositoryFailure.NoSuchSet, none.Failure);
        Assert.Contains($"notes in {backup.Set!.Id}, letters in none", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_owner_takes_part_no_more_and_its_name_is_free()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        await AddFileAsync(host, "notes", "first");
        await host.RemoveAsync(DataOwnerRegistration.SidOf("notes"));
        await AddFileAsync(host, "notes", "again");
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);

        Assert.Equal("notes", Assert.Single((await host.BackupAsync(repository, Token)).Owners).Name);
    }

    [Fact]
    public async Task A_refused_owner_leaves_nothing_behind()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        await AddFileAsync(host, "notes", "first");

        ConnException refused = await Assert.ThrowsAsync<ConnException>(() => AddFileAsync(host, "notes", "again"));

        Assert.Equal(ErrorCode.AlreadyExists, refused.Code);
        Assert.Single(await host.Engine.OwnersAsync(Token));
    }

    [Fact]
    public async Task Progress_of_an_owner_reaches_the_engine()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        StagedFileOwner owner = new("notes", Path.Combine(_folder, "notes"));

        await host.AddAsync(owner);

        Assert.NotNull(owner.Progress);
        owner.Progress();
    }

    [Fact]
    public async Task The_hosts_bus_may_be_the_callers()
    {
        using PropertyStore bus = new();
        await using (ConnHost host = await ConnHost.StartAsync(bus: bus, cancellationToken: Token))
        {
            Assert.Same(bus, host.Bus);
        }

        await using ConnHost again = await ConnHost.StartAsync(bus: bus, cancellationToken: Token);
        Assert.Equal(BurMode.Normal, await bus.Open(new SecureId(1)).ObserveBurMode().FirstAsync().ToTask(Token));
    }

    [Fact]
    public async Task A_restore_of_everything_from_a_set_in_which_an_owner_failed_is_partial()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        _ = await AddFileAsync(host, "notes", "first");
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);
        await host.BackupAsync(repository, Token);
        RestoreReport restored = await host.RestoreAsync(repository, Token);
        MissingOwner unknown = new() { Name = "new", Sid = DataOwnerRegistration.SidOf("new") };
        MissingOwner failed = new() { Name = "old", Sid = DataOwnerRegistration.SidOf("old"), Reason = MissingReason.Failed, NewestSet = "x" };

        Assert.Equal(OperationOutcome.Succeeded, restored.WithMissing([unknown]).Outcome);
        RestoreReport partial = restored.WithMissing([unknown, failed]);
        Assert.Equal(OperationOutcome.Partial, partial.Outcome);
        Assert.Equal([unknown, failed], RestoreReport.FromJson(partial.ToJson()).Missing);
        Assert.Equal(OperationOutcome.Failed, (restored with { Outcome = OperationOutcome.Failed }).WithMissing([failed]).Outcome);
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Equal([unknown], MissingOwner.Find(sets[^1], sets, [("notes", DataOwnerRegistration.SidOf("notes")), (unknown.Name, unknown.Sid)]));
    }

    [Fact]
    public async Task A_report_is_the_same_document_by_ToJson_and_by_any_serializer()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        string notes = await AddFileAsync(host, "notes", "first");
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);
        BackupReport backup = await host.BackupAsync(repository, Token);
        RestoreReport restored = await host.RestoreAsync(repository, Token);

        Assert.Equal(Compact(backup.ToJson()), JsonSerializer.Serialize(backup, JsonSerializerOptions.Web));
        Assert.Equal(Compact(restored.ToJson()), JsonSerializer.Serialize(restored, JsonSerializerOptions.Web));
        Assert.Equal(backup.ToJson(), BackupReport.FromJson(backup.ToJson()).ToJson());
        Assert.Equal(restored.ToJson(), JsonSerializer.Deserialize<RestoreReport>(restored.ToJson())!.ToJson());
        Assert.Throws<JsonException>(() => BackupReport.FromJson("{}"));
        Assert.Throws<JsonException>(() => RestoreReport.FromJson(backup.ToJson()));
        using JsonDocument document = JsonDocument.Parse(backup.ToJson());
        JsonElement owner = document.RootElement.GetProperty("owners")[0];
        Assert.Equal((DataOwnerRegistration.SidOf("notes").ToString(), notes, "base", "succeeded", JsonValueKind.Null),
            (Text(owner, "sid"), Text(owner, "source"), Text(owner, "type"), Text(owner, "outcome"), owner.GetProperty("error").ValueKind));
        using JsonDocument restore = JsonDocument.Parse(restored.ToJson());
        Assert.Equal(notes, Text(restore.RootElement.GetProperty("owners")[0], "target"));
    }

    [Fact]
    public async Task An_owner_object_is_in_one_host_at_a_time()
    {
        await using ConnHost first = await ConnHost.StartAsync(cancellationToken: Token);
        await using ConnHost second = await ConnHost.StartAsync(cancellationToken: Token);
        StagedFileOwner owner = new("notes", Path.Combine(_folder, "notes"));
        await first.AddAsync(owner);

        Assert.Equal(ErrorCode.InUse, (await Assert.ThrowsAsync<ConnException>(() => second.AddAsync(owner))).Code);
        await first.RemoveAsync(DataOwnerRegistration.SidOf("notes"));
        await second.AddAsync(owner);
    }

    [Fact]
    public async Task A_disposed_repository_is_refused_and_an_operation_that_writes_to_it_ends()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);
        await host.AddAsync(new OneStreamOwner(async _ => await repository.DisposeAsync()));

        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync(repository, Token)).Outcome);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => host.BackupAsync(repository, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => host.RestoreAsync(repository, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await repository.Restores.ListAsync(Token));
    }

    [Fact]
    public async Task A_repository_in_use_names_the_program_and_the_process_that_write()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);
        RepositoryException? refused = null;
        await host.AddAsync(new OneStreamOwner(async stop =>
        {
            await using ConnHost other = await ConnHost.StartAsync(cancellationToken: stop);
            await other.AddAsync(new StagedFileOwner("notes", Path.Combine(_folder, "notes")));
            await using BackupRepository again = await BackupRepository.OpenAsync(Repository, cancellationToken: stop);
            refused = await Assert.ThrowsAsync<RepositoryException>(() => other.BackupAsync(again, stop));
        }));

        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync(repository, Token)).Outcome);

        Assert.Equal(RepositoryFailure.InUse, refused!.Failure);
        Assert.Contains($"(process {Environment.ProcessId})", refused.Holder, StringComparison.Ordinal);
        Assert.Contains(refused.Holder!, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposing_a_host_ends_the_running_operation_and_throws_nothing()
    {
        ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        TaskCompletionSource begun = new();
        await host.AddAsync(new OneStreamOwner(async stop =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }));
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);
        Task<BackupReport> running = host.BackupAsync(repository, Token);
        await begun.Task;

        await host.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty(await repository.ListSetsAsync(Token));
        ObjectDisposedException disposed = await Assert.ThrowsAsync<ObjectDisposedException>(() => host.AddAsync(new StagedFileOwner("late", "late")));
        Assert.Equal(typeof(ConnHost).FullName, disposed.ObjectName);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task What_a_callback_throws_reaches_OnError_once_and_the_report_names_its_type()
    {
        List<Exception> errors = [];
        await using ConnHost host = await ConnHost.StartAsync(o => o with { OnError = errors.Add }, cancellationToken: Token);
        await host.AddAsync(new OneStreamOwner(static _ => throw new InvalidDataException("a bug")));
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);

        BackupReport report = await host.BackupAsync(repository, Token);

        Assert.Contains("InvalidDataException: a bug", Assert.Single(report.Owners[0].Errors), StringComparison.Ordinal);
        Assert.Contains(nameof(OneStreamOwner), Assert.IsType<InvalidDataException>(Assert.Single(errors)).StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restore_from_a_repository_without_sets_says_that_there_is_no_backup_yet()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        await AddFileAsync(host, "notes", "first");
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);

        RepositoryException none = await Assert.ThrowsAsync<RepositoryException>(() => host.RestoreAsync(repository, Token));

        Assert.Equal(RepositoryFailure.NoSuchSet, none.Failure);
        Assert.StartsWith("There is no backup yet", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_may_close_the_stream_of_staged_content()
    {
        await using ConnHost host = await ConnHost.StartAsync(cancellationToken: Token);
        string path = Path.Combine(_folder, "notes");
        await File.WriteAllTextAsync(path, "first", Token);
        await host.AddAsync(new CheckedFileOwner("notes", path));
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(Repository, cancellationToken: Token);
        await host.BackupAsync(repository, Token);
        await File.WriteAllTextAsync(path, "second", Token);

        Assert.Equal(OperationOutcome.Succeeded, (await host.RestoreAsync(repository, Token)).Outcome);
        Assert.Equal("first", await File.ReadAllTextAsync(path, Token));
    }

    [Fact]
    public async Task A_file_that_was_written_to_after_its_restore_was_prepared_is_replaced_with_a_warning()
    {
        string path = Path.Combine(_folder, "notes");
        await File.WriteAllTextAsync(path, "old", Token);
        StagedFileOwner first = new("notes", path);
        byte[] buffer = new byte[1024];
        await first.InitialiseGetBackupDataAsync(DriveNumber.C, Token);
        int bytes = (await first.GetBackupDataSectionAsync(buffer, Token)).Bytes;
        await first.InitialiseRestoreBaseDataAsync(DriveNumber.C, Token);
        await first.RestoreBaseDataSectionAsync(buffer.AsMemory(0, bytes), last: true, Token);
        ReadOnlyMemory<byte> token = await first.PrepareRestoreAsync(DriveNumber.C, Token);
        await first.DisposeAsync();
        await File.WriteAllTextAsync(path, "written since", Token);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddYears(200));

        await using StagedFileOwner next = new("notes", path);
        Assert.True(await next.ResumeRestoreAsync(DriveNumber.C, token, Token));
        await next.RestoreCompleteAsync(DriveNumber.C, Token);

        Assert.StartsWith("WARNING: ", Assert.Single((await next.TakeRemarksAsync(Token)).Notes), StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(path, Token));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static string Compact(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json));

    private async Task<string> AddFileAsync(ConnHost host, string name, string content)
    {
        string path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, content, Encoding.UTF8, Token);
        await host.AddAsync(new StagedFileOwner(name, path));
        return path;
    }

    private sealed class OneStreamOwner(Func<CancellationToken, Task> write) : StreamDataOwner("one")
    {
        protected override async ValueTask WriteAsync(DriveNumber drive, Stream destination, CancellationToken cancellationToken) => await write(cancellationToken);

        protected override ValueTask ReadAsync(DriveNumber drive, Stream source, CancellationToken cancellationToken) => default;
    }

    private sealed class CheckedFileOwner(string name, string path) : StagedFileOwner(name, path)
    {
        protected override async ValueTask CheckAsync(Stream staged, CancellationToken cancellationToken)
        {
            using StreamReader reader = new(staged);
            Assert.Equal("first", await reader.ReadToEndAsync(cancellationToken));
        }
    }
}
