using Conn.ActiveBackup;
using Conn.Engine;
using Conn.PubSub;
using Conn.Repository;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>An application backs up and restores its data by services of the container.</summary>
public sealed class HostTests : IDisposable
{
    private readonly Place _place = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task What_was_backed_up_comes_back_in_place()
    {
        Directory.CreateDirectory(_place.At("files"));
        await File.WriteAllTextAsync(_place.At("files/a"), "one", Token);
        Notes notes = new();
        using IHost host = Applications.Build(
            c => c.UseRepository(_place.Repository).CreateIfMissing().AddDirectory("files", _place.At("files")).AddOwner<NoteOwner>("notes"), notes: notes);
        await host.StartAsync(Token);
        IBackupService backups = host.Get<IBackupService>();

        Assert.Equal(OperationOutcome.Succeeded, (await backups.BackupAsync(null, Token)).Outcome);
        await File.WriteAllTextAsync(_place.At("files/a"), "two", Token);
        notes.Text = "second";
        Assert.Equal(OperationOutcome.Succeeded, (await backups.RestoreAsync(null, Token)).Outcome);

        Assert.Equal("one", await File.ReadAllTextAsync(_place.At("files/a"), Token));
        Assert.Equal("first", notes.Text);
        BackupStatus status = await backups.StatusAsync(Token);
        Assert.All(status.Owners, static o => Assert.NotNull(o.LastGoodSet));
        Assert.Equal(["files", "notes"], status.Owners.Select(static o => o.Name));
        await host.StopAsync(Token);
        Assert.Throws<InvalidOperationException>(() => { _ = backups.BackupAsync(null, Token); });
    }

    [Fact]
    public async Task A_repository_that_is_not_there_is_found_at_the_start()
    {
        using IHost host = Applications.Build(c => c.UseRepository(_place.Repository).AddOwner<NoteOwner>("notes"));
        RepositoryException thrown = await Assert.ThrowsAsync<RepositoryException>(() => host.StartAsync(Token));
        Assert.Equal(RepositoryFailure.NoRepository, thrown.Failure);
        Assert.False(Directory.Exists(_place.Repository));
    }

    [Fact]
    public async Task The_repository_in_a_folder_that_is_backed_up_is_left_out_of_it()
    {
        await File.WriteAllTextAsync(_place.At("a"), "one", Token);
        using IHost host = Applications.Build(c => c.UseRepository(_place.Repository).CreateIfMissing().AddDirectory("all", _place.Root));
        await host.StartAsync(Token);
        BackupReport report = await host.Get<IBackupService>().BackupAsync(null, Token);
        await host.StopAsync(Token);
        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Contains(report.Owners[0].Notes, n => n.Contains("backups", StringComparison.Ordinal));
        Assert.InRange(report.Owners[0].Bytes, 1, 2000);
    }

    [Fact]
    public async Task The_stop_of_the_host_aborts_a_backup_and_the_repository_stays_as_it_was()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Notes notes = new()
        {
            OnBackup = token =>
            {
                entered.SetResult();
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            },
        };
        using IHost host = Applications.Build(c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("notes"), notes: notes);
        await host.StartAsync(Token);
        Task<BackupReport> backup = host.Get<IBackupService>().BackupAsync(null, Token);
        await entered.Task.WaitAsync(Token);
        await host.StopAsync(Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup);
        await using BackupRepository repository = await BackupRepository.OpenAsync(_place.Repository, null, Token);
        Assert.Empty(await repository.ListSetsAsync(Token));
    }

    [Fact]
    public async Task A_restore_that_was_cut_off_after_its_commit_is_completed_at_the_start()
    {
        string file = _place.At("settings");
        await File.WriteAllTextAsync(file, "old", Token);
        await using (ConnHost dying = await ConnHost.StartAsync(cancellationToken: Token))
        {
            await dying.AddAsync(new StagedFileOwner("settings", file));
            await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(_place.Repository, null, Token);
            await dying.BackupAsync(repository, Token);
            using IDisposable inTheWay = dying.Engine.Progress.Subscribe(p =>
            {
                if (p.Phase == OperationPhase.Committed)
                {
                    File.Delete(file);
                    Directory.CreateDirectory(Path.Combine(file, "in the way"));
                }
            });
            Assert.True((await dying.RestoreAsync(repository, Token)).Committed);
        }

        Directory.Delete(file, true);
        await File.WriteAllTextAsync(file, "new", Token);

        using LogLines log = new();
        using IHost host = Applications.Build(
            c => c.UseRepository(_place.Repository).AddOwner("settings", _ => new StagedFileOwner("settings", file)), log);
        await host.StartAsync(Token);
        Assert.Equal("old", await File.ReadAllTextAsync(file, Token));
        Assert.Contains(log.Lines, static l => l.Id == 4);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Named_instances_have_a_bus_and_a_repository_each()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddScoped(static _ => new Notes());
        foreach (string name in new[] { "left", "right" })
        {
            builder.Services.AddConn(name, c => c.UseRepository(_place.At(name)).CreateIfMissing().AddOwner<NoteOwner>("notes"));
        }

        using IHost host = builder.Build();
        await host.StartAsync(Token);
        IBackupService left = host.Services.GetRequiredKeyedService<IBackupService>("left");
        Assert.Equal(OperationOutcome.Succeeded, (await left.BackupAsync(null, Token)).Outcome);
        Assert.Null((await host.Services.GetRequiredKeyedService<IBackupService>("right").StatusAsync(Token)).Owners[0].LastGood);
        Assert.NotSame(host.Services.GetRequiredKeyedService<PropertyStore>("left"), host.Services.GetRequiredKeyedService<PropertyStore>("right"));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task The_mode_is_followed_and_waited_for()
    {
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Notes notes = new()
        {
            OnBackup = token =>
            {
                entered.SetResult();
                return go.Task.WaitAsync(token);
            },
        };
        using IHost host = Applications.Build(c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("notes"), notes: notes);
        IBurModeMonitor monitor = host.Get<IBurModeMonitor>();
        Assert.True(monitor.Current.IsNormal);
        await host.StartAsync(Token);
        Task<BackupReport> backup = host.Get<IBackupService>().BackupAsync(null, Token);
        await entered.Task.WaitAsync(Token);
        Assert.True(monitor.Current.IsBackup);
        Task normal = monitor.WaitForNormalAsync(Token);
        Assert.False(normal.IsCompleted);
        go.SetResult();
        await normal.WaitAsync(Token);
        await backup;
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task What_an_owner_throws_is_logged_with_its_stack()
    {
        using LogLines log = new();
        Notes notes = new() { OnBackup = static _ => throw new InvalidDataException("The note is gone.") };
        using IHost host = Applications.Build(c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("notes"), log, notes: notes);
        await host.StartAsync(Token);
        BackupReport report = await host.Get<IBackupService>().BackupAsync(null, Token);
        await host.StopAsync(Token);
        Assert.Equal(OperationOutcome.Failed, report.Outcome);
        Assert.Contains(log.Lines, static l => l.Id == 13 && l.Thrown is InvalidDataException { StackTrace: not null });
        Assert.Contains(log.Lines, static l => l.Id == 12 && l.Text.Contains("The note is gone.", StringComparison.Ordinal));
    }
}
