using Conn.PubSub;

namespace Conn.ActiveBackup.Client;

/// <summary>How a <see cref="DataOwnerParticipant"/> prepares its owner.</summary>
public sealed record DataOwnerParticipantOptions
{
    /// <summary>Scheduler, clock, lease and error handler of the clients it makes.</summary>
    public ActiveBackupClientOptions Client { get; init; } = new();

    /// <summary>
    /// Gets the owner ready: close files, flush caches. Runs on the client's scheduler. Its code is confirmed to the engine; an exception is its failure. Its
    /// token is cancelled when the operation ends, however it ends. Default: ready at once.
    /// </summary>
    public Func<ActiveBackupClient, BurMode, CancellationToken, ValueTask<ErrorCode>>? PrepareAsync { get; init; }
}
