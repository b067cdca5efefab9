using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Testing.Hosting;
using Conn.Testing.Marbles;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Simulation;

/// <summary>Timelines of modes: what they say, and how they say what is different.</summary>
public sealed class ModeMarblesTests
{
    [Fact]
    public void A_backup_an_increment_and_a_restore_are_seen_in_their_frames() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await SlowAsync(host, time, seconds: 3);
        using ModeMarbles modes = ModeMarbles.Of(host);
        await time.DelayAsync(TimeSpan.FromSeconds(2));
        await BackupAsync(host);
        await time.DelayAsync(TimeSpan.FromSeconds(2));
        await BackupAsync(host);

        modes.AssertModes("n-b--n-i--n");
        Assert.Equal("n-b--n-i--n", modes.Timeline);
    });

    [Fact]
    public void Modes_of_one_frame_stand_together_and_long_silence_is_short() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await SlowAsync(host, time, seconds: 0);
        using ModeMarbles modes = ModeMarbles.Of(host);
        await BackupAsync(host);
        owner.Hang(OwnerCallKind.InitialiseGetBackupData);
        await BackupAsync(host);

        modes.AssertModes("(nbni) 60s n");
        Assert.Equal("(nbni) 60s n", modes.Timeline);
    });

    [Fact]
    public void A_difference_shows_both_timelines_and_where_they_part() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await SlowAsync(host, time, seconds: 3);
        using ModeMarbles modes = ModeMarbles.Of(host);
        await BackupAsync(host);

        ModeMarblesException wrong = Assert.Throws<ModeMarblesException>(() => modes.AssertModes("(nb)----n"));

        Assert.Equal("""
            The modes did not come as they were expected.
              expected: (nb)----n
              seen:     (nb)--n
                            ^
              after 3 s: expected nothing, seen Normal
              after 5 s: expected Normal, seen nothing

            """.ReplaceLineEndings("\n"), wrong.Message);
    });

    [Theory]
    [InlineData("n-x")]
    [InlineData("n(b")]
    [InlineData("n)b")]
    public void A_timeline_that_means_nothing_is_refused(string timeline) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ModeMarbles modes = ModeMarbles.Of(host);

        Assert.Throws<FormatException>(() => modes.AssertModes(timeline));
    });

    private static async Task<ScriptedDataOwner> SlowAsync(VirtualHost host, VirtualTime time, int seconds)
    {
        ScriptedDataOwner owner = new("slow", host.Trace) { Data = { [DriveNumber.C] = [1, 2, 3] } };
        owner.On(OwnerCallKind.InitialiseGetBackupData, (_, token) => new ValueTask(time.DelayAsync(TimeSpan.FromSeconds(seconds), token)));
        await host.AddAsync("slow", owner);
        return owner;
    }

    private static Task<BackupReport> BackupAsync(VirtualHost host) => host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);
}
