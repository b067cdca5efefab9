
namespace Conn.ActiveBackup.Client;

/// <summary>What a connected owner can ask of the engine. Any thread; a session that has ended answers <see cref="ErrorCode.ServerTerminated"/>.</summary>
public interface IEngineSession : IAsyncDisposable
{
    /// <summary>Gets whether the engine cannot be reached any more, for certain: its process or the connection is gone. Default: false, as in one process.</summary>
    bool IsLost => false;

    /// <summary>Gets the current operation.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Drives and mode.</returns>
    ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken);

    /// <summary>Gets whether this owner takes part.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Full: true. Partial: whether it is on the list. No operation: false.</returns>
    ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken);

    /// <summary>Confirms that the owner is ready, or that it cannot continue.</summary>
    /// <param name="code"><see cref="ErrorCode.Success"/>, or why not.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when the engine has recorded it.</returns>
    ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken);

    /// <summary>Reports that a long callback, or a long preparation, makes progress. Never waits, never throws.</summary>
    void ReportProgress();
}
