using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The buffers that owners are offered.</summary>
public sealed class SectionTests
{
    [Theory]
    [InlineData(1, 64)]
    [InlineData(64, 64)]
    [InlineData(100, 100)]
    public void An_owner_is_never_offered_less_than_it_asked_for(int asked, int offered) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, sectionBytes: 64);
        using ScriptedDataOwner inner = host.Owner("picky", new string('x', 1000));
        Picky picky = new(inner);
        await host.AddAsync("picky", picky, r => r with { MinSectionBytes = asked });

        BackupReport report = await host.BackupAsync();
        inner.Set("lost");
        RestoreReport restored = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded), (report.Outcome, restored.Outcome));
        Assert.Equal(offered, picky.Least);
        Assert.Equal("picky: " + new string('x', 1000), inner.Text());
    });

    [Theory]
    [InlineData(0)]
    [InlineData((1 << 20) + 1)]
    public void Sections_that_cannot_be_had_are_refused_at_registration(int asked) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);

        ConnException refused = await Assert.ThrowsAsync<ConnException>(() => host.Engine.RegisterAsync(new DataOwnerRegistration("big", new SecureId(7)) { MinSectionBytes = asked }));

        Assert.Equal(ErrorCode.Argument, refused.Code);
        Assert.Empty(await host.Engine.OwnersAsync(HostFixture.Never));
    });

    private sealed class Picky(ScriptedDataOwner inner) : ForwardingClient(inner)
    {
        public int Least { get; private set; } = int.MaxValue;

        public override ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Least = Math.Min(Least, buffer.Length);
            return base.GetBackupDataSectionAsync(buffer, cancellationToken);
        }

        public override ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Least = Math.Min(Least, buffer.Length);
            return base.GetSnapshotDataAsync(drive, buffer, cancellationToken);
        }
    }
}
