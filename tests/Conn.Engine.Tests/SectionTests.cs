using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The buffers that owners get.</summary>
public sealed class SectionTests
{
    [Theory]
    [InlineData(1, 64)]
    [InlineData(64, 64)]
    [InlineData(100, 100)]
    public void No_buffer_is_smaller_than_the_owner_registered(int asked, int offered) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, sectionBytes: 64);
        using ScriptedDataOwner owner = host.Owner("picky", new string('x', 1000));
        int least = int.MaxValue;
        await host.AddAsync("picky", owner, r => r with { MinSectionBytes = asked }, p => p.WithLayer((call, next, t) =>
        {
            least = call.Kind is OwnerCallKind.GetBackupDataSection or OwnerCallKind.GetSnapshotData ? Math.Min(least, call.Buffer.Length) : least;
            return next(call, t);
        }));

        BackupReport report = await host.BackupAsync();
        owner.Set("lost");
        RestoreReport restored = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded), (report.Outcome, restored.Outcome));
        Assert.Equal(offered, least);
        Assert.Equal("picky: " + new string('x', 1000), owner.Text());
    });

    [Theory]
    [InlineData(0)]
    [InlineData((1 << 20) + 1)]
    public void Section_sizes_out_of_range_are_refused_at_registration(int asked) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);

        ConnException refused = await Assert.ThrowsAsync<ConnException>(() =>
            host.Engine.RegisterAsync(new DataOwnerRegistration("big", new SecureId(7)) { MinSectionBytes = asked }));

        Assert.Equal(ErrorCode.Argument, refused.Code);
        Assert.Empty(await host.Engine.OwnersAsync(HostFixture.Never));
    });
}
