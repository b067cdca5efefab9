using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Time;

namespace Conn.Engine.Tests;

/// <summary>An engine that accepts every connection and never calls; it records what owners confirm.</summary>
internal sealed class SilentEngine : IOwnerGateway, IEngineSession
{
    public static readonly SecureId One = new(0x30000001);

    public SilentEngine() => Transport.Attach(this);

    public static ActiveBackupClientOptions Options(VirtualTime time) => new() { Scheduler = time.Scheduler, TimeProvider = time.Clock, Name = "one" };

    public InProcessTransport Transport { get; } = new();

    /// <summary>What happens when an owner confirms.</summary>
    public Func<CancellationToken, ValueTask> Confirming { get; init; } = _ => default;

    /// <summary>Every code that an owner confirmed.</summary>
    public List<ErrorCode> Confirmed { get; } = [];

    /// <summary>The way to the owner that connected last.</summary>
    public IOwnerChannel? Channel { get; private set; }

    public ValueTask<ActiveBackupClient> ConnectAsync(VirtualTime time, IActiveBackupDataClient? owner) =>
        ActiveBackupClient.ConnectAsync(Transport, One, owner, Options(time), HostFixture.Never);

    public ValueTask<IEngineSession> AcceptAsync(OwnerConnection connection, CancellationToken cancellationToken)
    {
        Channel = connection.Channel;
        return new(this);
    }

    public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => new(new BurModeInfo(DriveList.Empty, BurMode.Normal));

    public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => new(true);

    public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken)
    {
        Confirmed.Add(code);
        return Confirming(cancellationToken);
    }

    public void ReportProgress()
    {
    }

    public ValueTask DisposeAsync() => default;
}
