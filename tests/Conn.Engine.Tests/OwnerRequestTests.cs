using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

/// <summary>What an owner asks of the engine: bounded, and forgotten when it is given up.</summary>
public sealed class OwnerRequestTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_owner_that_does_not_wait_for_answers_is_refused_beyond_a_bound(bool connects) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("storm");
        SecureId other = await host.RegisterAsync("other");
        OwnerConnection connection = new(sid, new TestChannel(TestChannel.Obedient));
        IEngineSession session = await host.Engine.AcceptAsync(connection, HostFixture.Never);

        List<Task> asked = [.. Enumerable.Range(0, 100).Select(_ => connects ? host.Engine.AcceptAsync(connection, HostFixture.Never).AsTask()
            : session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never).AsTask())];
        List<ConnException> refused = [.. asked.Where(t => t.IsFaulted).Select(t => Assert.IsType<ConnException>(t.Exception!.InnerException))];
        await host.Engine.AcceptAsync(new OwnerConnection(other, new TestChannel(TestChannel.Obedient)), HostFixture.Never);

        Assert.Equal(36, refused.Count);
        Assert.All(refused, e => Assert.Equal(ErrorCode.InUse, e.Code));
        Assert.All(asked, t => Assert.True(t.IsCompleted));
        await session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
    });

    [Fact]
    public void A_confirmation_that_was_cancelled_before_it_was_sent_changes_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner one = host.Owner("one");
        ActiveBackupClient client = await host.ConnectAsync(sid, one);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await client.ConfirmReadyForBurAsync(new ErrorCode(-5), new CancellationToken(true)));

        OwnerStanding standing = Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));
        Exception? refused = await Record.ExceptionAsync(async () => await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never));

        Assert.Equal((DataOwnerStatus.NotReady, null), (standing.Status, refused?.Message));
    });

    [Fact]
    public void Requests_that_were_cancelled_before_the_engine_looked_do_not_use_up_the_bound() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("owner");
        SecureId sid = await host.RegisterAsync("owner");
        ActiveBackupClient client = await host.ConnectAsync(sid, owner);
        for (int i = 0; i < 64; i++)
        {
            using CancellationTokenSource cancel = new();
            Task<BurModeInfo> asked = client.BurModeInfoAsync(cancel.Token).AsTask();
            cancel.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
            await time.DelayAsync(TimeSpan.FromMinutes(1)); // every earlier request is over
        }

        Assert.Equal(BurMode.Normal, (await client.BurModeInfoAsync(HostFixture.Never)).Mode);
    });

    [Fact]
    public void Connections_that_were_given_up_before_the_engine_looked_do_not_keep_the_owner_out_of_every_later_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("owner");
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        for (int i = 0; i < 64; i++)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await ActiveBackupClient.ConnectAsync(
                host.Engine.Transport, Sid(1), null, host.ClientOptions("owner"), cancelled.Token));
        }

        await time.DelayAsync(TimeSpan.FromHours(1));
        BackupReport report = await host.BackupAsync();

        Assert.True(report.Outcome == OperationOutcome.Succeeded, $"{report.Of("owner").Error}: {string.Join(' ', host.ParticipantErrors.Select(e => e.Message))}");
    });
}
