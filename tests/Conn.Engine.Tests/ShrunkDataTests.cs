using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Data that is suddenly much less stands out, whatever owner keeps it and whatever kind of backup it is.</summary>
public sealed class ShrunkDataTests
{
    [Theory]
    [InlineData(1000, 0, BackupChoice.Auto, true)]
    [InlineData(1000, 499, BackupChoice.Auto, true)]
    [InlineData(1000, 0, BackupChoice.Base, true)]
    [InlineData(1000, 500, BackupChoice.Base, false)]
    [InlineData(0, 0, BackupChoice.Base, false)]
    [InlineData(-1, 0, BackupChoice.Auto, true)]
    [InlineData(1000, -1, BackupChoice.Auto, false)]
    public void A_source_with_less_than_half_of_its_bytes_is_warned_of(long before, long now, BackupChoice choice, bool warned) => VirtualTime.Run(async time =>
    {
        (BackupReport report, string set) = await BackUpTwiceAsync(time, before, now, [], choice);

        string[] warnings = [.. report.Of("notes").Notes.Where(n => n.StartsWith("WARNING: ", StringComparison.Ordinal))];
        Assert.Equal(warned ? 1 : 0, warnings.Length);
        Assert.All(warnings, w => Assert.Contains(set, w, StringComparison.Ordinal));
        Assert.Equal(report.Of("notes").Notes, report.Set!.Parts[0].Notes);
    });

    [Fact]
    public void An_owner_without_remarks_is_warned_of_by_the_size_of_its_bases() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");
        await host.BackupAsync();
        notes.Set("");

        BackupReport report = await host.BackupAsync(BackupChoice.Base);

        Assert.StartsWith("WARNING: ", Assert.Single(report.Of("notes").Notes), StringComparison.Ordinal);
    });

    [Fact]
    public void A_warning_of_the_owner_itself_is_not_said_twice() => VirtualTime.Run(async time =>
    {
        (BackupReport report, _) = await BackUpTwiceAsync(time, 1000, 0, ["WARNING: all files are gone."], BackupChoice.Auto);

        Assert.Equal(["WARNING: all files are gone."], report.Of("notes").Notes);
    });

    private static async Task<(BackupReport Report, string First)> BackUpTwiceAsync(VirtualTime time, long before, long now, string[] notes, BackupChoice choice)
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        OwnerRemarks remarks = new([], []) { TotalBytes = before };
        using ScriptedDataOwner owner = await host.AddOwnerAsync("notes", participate: p => p.WithLayer(async (call, next, token) =>
            call.Kind == OwnerCallKind.TakeRemarks ? new OwnerCallResult { Remarks = remarks }
            : call.Kind == OwnerCallKind.Begin ? (await next(call, token)) with { Features = OwnerFeatures.Remarks }
            : await next(call, token)));
        BackupReport first = await host.BackupAsync();
        remarks = new OwnerRemarks(notes, []) { TotalBytes = now };
        return (await host.BackupAsync(choice), first.Set!.Id.Text);
    }
}
