using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>For how much room a restore's plan asks: the size of the data, not the sum of what a chain transfers.</summary>
public sealed class RestoreSizeTests
{
    [Theory]
    [InlineData(new long[] { 100 }, "C 100")]
    [InlineData(new long[] { 100, 100, 100, 100 }, "C 100")]
    [InlineData(new long[] { 100, 300, 20 }, "C 300")]
    [InlineData(new long[] { -1 }, "C 11")]
    [InlineData(new long[] { -1, -1 }, "C -1")]
    [InlineData(new long[] { 100, -1 }, "C -1")]
    [InlineData(new long[] { -1, 8 }, "C 11")]
    public void A_plan_is_asked_for_the_largest_state_of_the_chain_or_for_an_unknown_size(long[] totals, string asked) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        List<string> plans = [];
        long total = -1;
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes", participate: p => Sized(p, plans, () => total));
        foreach (long size in totals)
        {
            total = size;
            await host.BackupAsync();
        }

        RestoreReport report = await host.RestoreAsync(r => r with { PlanOnly = true });

        Assert.Equal([asked], plans);
        Assert.Equal((await host.Repository.ListSetsAsync(HostFixture.Never)).Sum(s => s.Parts[0].Bytes), report.Of("notes").Bytes);
    });

    [Fact]
    public void The_size_of_several_drives_together_is_not_asked_of_one_of_them() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        List<string> plans = [];
        using ScriptedDataOwner notes = host.Owner("notes");
        notes.Data[DriveNumber.FromIndex(3)] = [1, 2, 3];
        await host.AddAsync(
            "notes", notes, r => r with { Drives = DriveList.Of(DriveNumber.C, DriveNumber.FromIndex(3)) }, p => Sized(p, plans, static () => 1000));
        await host.BackupAsync();
        await host.RestoreAsync(r => r with { PlanOnly = true });
        await host.BackupAsync();
        await host.RestoreAsync(r => r with { PlanOnly = true });

        Assert.Equal(["C 11", "D 3", "C -1", "D -1"], plans);
    });

    private static DataOwnerParticipantOptions Sized(DataOwnerParticipantOptions options, List<string> plans, Func<long> total) =>
        options.WithLayer(async (call, next, token) =>
        {
            if (call.Kind == OwnerCallKind.PlanRestore)
            {
                plans.Add($"{call.Drive} {call.ExpectedBytes}");
            }

            return call.Kind == OwnerCallKind.TakeRemarks ? new OwnerCallResult { Remarks = new OwnerRemarks([], []) { TotalBytes = total() } }
                : call.Kind == OwnerCallKind.Begin ? (await next(call, token)) with { Features = OwnerFeatures.Remarks }
                : await next(call, token);
        });
}
