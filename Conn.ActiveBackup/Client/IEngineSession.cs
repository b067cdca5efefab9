using Conn.PubSub;

namespace Conn.ActiveBackup.Client;

/// <summary>What a connected owner can ask of the engine. Any thread; a session that has ended answers <see cref="ErrorCode.ServerTerminated"/>.</summary>
public interface IEngineSession : IAsyncDisposable
{
    /// <summary>The operation that is going on.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Drives and mode.</returns>
    ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken);

    /// <summary>Whether this owner takes part.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Full: true. Partial: whether it is on the list. No operation: false.</returns>
    ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken);

    /// <summary>Says that the owner is ready, or that it cannot go on.</summary>
    /// <param name="code"><see cref="ErrorCode.None"/>, or why not.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when the engine knows.</returns>
    ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken);

    /// <summary>Says that a long callback is alive. Never waits, never throws.</summary>
    void ReportProgress();
}
