using Conn.PubSub;

namespace Conn.ActiveBackup.Client;

/// <summary>How a <see cref="DataOwnerParticipant"/> prepares its owner and tells of failures.</summary>
public sealed record DataOwnerParticipantOptions
{
    /// <summary>Scheduler, clock and lease of the clients it makes.</summary>
    public ActiveBackupClientOptions Client { get; init; } = new();

    /// <summary>
    /// Gets the owner ready: close files, flush caches. Its code is confirmed to the engine; an exception is its failure. Its token is cancelled when the
    /// operation ends, however it ends. Default: ready at once.
    /// </summary>
    public Func<ActiveBackupClient, BurMode, CancellationToken, ValueTask<ErrorCode>>? PrepareAsync { get; init; }

    /// <summary>Hears of every failure (no engine, refused, preparation failed). Any thread; must not throw: what it throws is counted
    /// (<see cref="DataOwnerParticipant.ErrorHandlerFailures"/>) and goes no further. Default: none; the engine's report names it too.</summary>
    public Action<Exception>? OnError { get; init; }
}
