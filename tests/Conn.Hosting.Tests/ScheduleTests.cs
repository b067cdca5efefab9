using Conn.Repository;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>Backups come at their times; the clock is a test's own.</summary>
public sealed class ScheduleTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 27, 12, 0, 0, TimeSpan.Zero);
    private readonly Place _place = new();
    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly LogLines _log = new();
    private readonly Notes _notes = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _log.Dispose();
        _place.Dispose();
    }

    [Fact]
    public async Task A_nightly_backup_comes_each_night()
    {
        using IHost host = await StartAsync(static c => c.Daily("02:00"));
        IBackupService backups = host.Get<IBackupService>();
        for (int night = 1; night <= 3; night++)
        {
            DateTimeOffset next = (await backups.StatusAsync(Token)).NextBackup!.Value;
            Assert.Equal(Noon.Date.AddDays(night).AddHours(2), next.UtcDateTime);
            _clock.Advance(next - _clock.GetUtcNow() - TimeSpan.FromSeconds(1));
            Assert.Equal(night - 1, await SetsAsync());
            _clock.Advance(TimeSpan.FromSeconds(1));
            await _log.NextAsync("Backup Succeeded", Token);
            await _log.NextAsync("The next scheduled backup", Token);
            Assert.Equal(night, await SetsAsync());
        }

        await host.StopAsync(Token);
    }

    [Fact]
    public async Task In_the_night_in_which_clocks_go_forward_the_backup_is_not_left_out()
    {
        // In Berlin there is no 02:30 on the 29th of March 2026: 02:00 is followed by 03:00.
        using IHost host = await StartAsync(static c => c.Daily("02:30").Configure(static o => o.TimeZone = "Europe/Berlin"));
        _clock.SetUtcNow(new DateTimeOffset(2026, 3, 28, 12, 0, 0, TimeSpan.Zero));
        await _log.NextAsync("Backup Succeeded", Token);
        await _log.NextAsync("The next scheduled backup", Token);
        Assert.Equal(new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero), (await host.Get<IBackupService>().StatusAsync(Token)).NextBackup);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_run_that_was_missed_is_made_at_the_start_once()
    {
        using (IHost host = await StartAsync(static c => c.Daily("02:00")))
        {
            await host.Get<IBackupService>().BackupAsync(null, Token);
            await host.StopAsync(Token);
        }

        _clock.Advance(TimeSpan.FromDays(5));
        using IHost later = await StartAsync(static c => c.Daily("02:00"));
        await _log.NextAsync("A scheduled time passed", Token);
        await _log.NextAsync("Backup Succeeded", Token);
        await _log.NextAsync("The next scheduled backup", Token);
        Assert.Equal(2, await SetsAsync());
        await later.StopAsync(Token);
    }

    [Fact]
    public async Task A_missed_run_is_left_out_when_that_is_asked_for()
    {
        using (IHost host = await StartAsync(static c => c.Daily("02:00")))
        {
            await host.Get<IBackupService>().BackupAsync(null, Token);
            await host.StopAsync(Token);
        }

        _clock.Advance(TimeSpan.FromDays(5));
        using IHost later = await StartAsync(static c => c.Daily("02:00").Configure(static o => o.RunMissed = false));
        Assert.Equal(1, await SetsAsync());
        await later.StopAsync(Token);
    }

    [Fact]
    public async Task A_backup_that_fails_does_not_end_the_schedule()
    {
        using IHost host = await StartAsync(static c => c.Schedule("0 * * * *"));
        string lost = _place.At("lost");
        Directory.Move(_place.Repository, lost);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.NotNull((await _log.NextAsync("A scheduled backup failed", Token)).Thrown);
        await _log.NextAsync("The next scheduled backup", Token);
        Directory.Move(lost, _place.Repository);
        _clock.Advance(TimeSpan.FromHours(1));
        await _log.NextAsync("Backup Succeeded", Token);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_backup_that_meets_another_operation_is_left_out()
    {
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _notes.OnBackup = _ =>
        {
            entered.TrySetResult();
            return go.Task;
        };
        using IHost host = await StartAsync(static c => c.Schedule("* * * * *").Configure(static o =>
        {
            o.NoProgressTimeout = TimeSpan.FromHours(1);
            o.Lease = TimeSpan.FromHours(2);
        }));
        Task running = host.Get<IBackupService>().BackupAsync(null, Token);
        await entered.Task.WaitAsync(Token);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await _log.NextAsync("A scheduled backup is left out", Token);
        go.SetResult();
        await running;
        await host.StopAsync(Token);
    }

    private async Task<IHost> StartAsync(Action<ConnBuilder> more)
    {
        IHost host = Applications.Build(c => more(c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("notes")
            .Configure(static o => o.TimeZone = "UTC")), _log, _clock, _notes);
        await host.StartAsync(Token);
        await _log.NextAsync("Conn started", Token);
        return host;
    }

    private async Task<int> SetsAsync()
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(_place.Repository, null, Token);
        return (await repository.ListSetsAsync(Token)).Count;
    }
}
