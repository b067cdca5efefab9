using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Clients whose transport is not one of Conn's.</summary>
public sealed class ForeignTransportTests
{
    [Fact]
    public void What_a_session_of_a_transport_throws_at_a_report_of_progress_goes_to_the_handler() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        List<Exception> reported = [];
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(new OddTransport(new OddSession()), new SecureId(7), null,
            host.ClientOptions("one") with { OnError = reported.Add }, HostFixture.Never);

        client.ReportProgress();

        Assert.Equal("odd", Assert.Single(reported).Message);
    });

    [Fact]
    public void A_transport_that_returns_no_session_refuses_the_connection() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);

        ConnException refused = await Assert.ThrowsAsync<ConnException>(async () =>
            await ActiveBackupClient.ConnectAsync(new OddTransport(null!), new SecureId(7), null, host.ClientOptions("one"), HostFixture.Never));

        Assert.Contains("no session", refused.Message, StringComparison.Ordinal);
    });

    /// <summary>A transport that connects to whatever a test gives.</summary>
    private sealed class OddTransport(IEngineSession session) : IActiveBackupTransport
    {
        public ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken) => new(session);
    }

    /// <summary>A session that cannot report progress.</summary>
    private sealed class OddSession : IEngineSession
    {
        public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => default;

        public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => new(true);

        public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) => default;

        public void ReportProgress() => throw new InvalidOperationException("odd");

        public ValueTask DisposeAsync() => default;
    }
}
