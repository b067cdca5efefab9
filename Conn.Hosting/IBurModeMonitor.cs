using Conn.PubSub;

namespace Conn.Hosting;

/// <summary>Tells in which backup-or-restore mode the host is. Any thread.</summary>
public interface IBurModeMonitor
{
    /// <summary>Gets the current mode. Before the engine has started and after it has stopped no operation is active. In a program that joins a daemon it is
    /// <see cref="BurMode.Unset"/>, unknown, while no daemon is connected.</summary>
    BurMode Current { get; }

    /// <summary>Gets the modes, the current one first. An observer that is slow gets the latest one. The stream completes when the host has
    /// stopped. In a program that joins a daemon it begins with the first mode of the daemon, and delivers <see cref="BurMode.Unset"/> when the daemon is
    /// lost.</summary>
    IObservable<BurMode> Modes { get; }

    /// <summary>Waits until no operation is active; completes at once when none is. In a program that joins a daemon it waits for the daemon too: while
    /// none is connected, the mode is unknown.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Completes when the mode is Normal.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task WaitForNormalAsync(CancellationToken cancellationToken = default);
}
