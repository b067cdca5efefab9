using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Time;

namespace Conn.Engine.Tests;

/// <summary>Takes every connection and never says anything; keeps what it is told.</summary>
internal sealed class SilentEngine : IOwnerGateway, IEngineSession
{
    public static readonly SecureId One = new(0x30000001);

    public SilentEngine() => Transport.Attach(this);

    public static ActiveBackupClientOptions Options(VirtualTime time) => new() { Scheduler = time.Scheduler, TimeProvider = time.Clock, Name = "one" };

    public InProcessTransport Transport { get; } = new();

    public Func<CancellationToken, ValueTask> Confirming { get; init; } = _ => default;

    public List<ErrorCode> Told { get; } = [];

    public IOwnerEndpoint? Endpoint { get; private set; }

    public ValueTask<IEngineSession> AcceptAsync(SecureId owner, IOwnerEndpoint endpoint, CancellationToken cancellationToken)
    {
        Endpoint = endpoint;
        return new(this);
    }

    public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => new(new BurModeInfo(DriveList.Empty, BurMode.Normal));

    public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => new(true);

    public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken)
    {
        Told.Add(code);
        return Confirming(cancellationToken);
    }

    public void ReportProgress()
    {
    }

    public ValueTask DisposeAsync() => default;
}
