using System.Collections.Concurrent;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.PubSub;

namespace Conn.Ipc.Tests;

/// <summary>Stands in for the engine: keeps the connections of owners, and what they report.</summary>
internal sealed class CapturingGateway : IOwnerGateway
{
    private readonly TaskCompletionSource<OwnerConnection> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<OwnerConnection> First => _first.Task;

    public ConcurrentQueue<ErrorCode> Confirmed { get; } = [];

    public TaskCompletionSource Progress { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask<IEngineSession> AcceptAsync(OwnerConnection connection, CancellationToken cancellationToken)
    {
        if (!_first.TrySetResult(connection))
        {
            throw new ConnException(ErrorCode.InUse, "The owner has a session.");
        }

        return new(new Session(this));
    }

    private sealed class Session(CapturingGateway gateway) : IEngineSession
    {
        public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) =>
            new(new BurModeInfo(DriveList.Of(DriveNumber.C), BurMode.Of(BurPartType.BackupFull, BackupIncType.Base)));

        public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => new(true);

        public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken)
        {
            gateway.Confirmed.Enqueue(code);
            return default;
        }

        public void ReportProgress() => gateway.Progress.TrySetResult();

        public ValueTask DisposeAsync()
        {
            gateway.Closed.TrySetResult();
            return default;
        }
    }
}
