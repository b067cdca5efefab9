using Conn.Engine;

namespace Conn.Hosting;

/// <summary>Backs up and restores the owners of a host. Any thread; one operation at a time, a second one is refused.</summary>
public interface IBackupService
{
    /// <summary>Backs up the owners into the repository of the host.</summary>
    /// <param name="configure">Changes the request, for example its owners or tags; null for all owners, increments where possible.</param>
    /// <param name="cancellationToken">Aborts. The stop of the host aborts too.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="OperationRefusedException">In use, needs a base, no owner.</exception>
    /// <exception cref="Conn.Repository.RepositoryException">The repository failed.</exception>
    /// <exception cref="OperationCanceledException">Aborted.</exception>
    /// <exception cref="InvalidOperationException">The host has not started, or stops.</exception>
    /// <exception cref="ConnException">NotSupported: the program joins a daemon, which makes the backups.</exception>
    Task<BackupReport> BackupAsync(Func<BackupRequest, BackupRequest>? configure = null, CancellationToken cancellationToken = default);

    /// <summary>Restores the owners in place from the newest set that holds all Required ones: all of them, or nothing changes.</summary>
    /// <param name="configure">Changes the request, for example its set; null for the newest.</param>
    /// <param name="cancellationToken">Aborts before the commit; after it the restore is carried through.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="OperationRefusedException">In use, refused by an owner's plan, or data of another source.</exception>
    /// <exception cref="Conn.Repository.RepositoryException">NoSuchSet, or the repository failed.</exception>
    /// <exception cref="OperationCanceledException">Aborted; nothing has changed.</exception>
    /// <exception cref="InvalidOperationException">The host has not started, or stops.</exception>
    /// <exception cref="ConnException">NotSupported: the program joins a daemon, which makes the restores.</exception>
    Task<RestoreReport> RestoreAsync(Func<RestoreRequest, RestoreRequest>? configure = null, CancellationToken cancellationToken = default);

    /// <summary>Gets where everything stands.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Mode, owners with their last good sets, and the next backup of the schedule. In a program that joins a daemon: the mode, and how far each
    /// owner of this program is ready; the daemon knows the sets and the schedule.</returns>
    /// <exception cref="InvalidOperationException">The host has not started, or stops.</exception>
    Task<BackupStatus> StatusAsync(CancellationToken cancellationToken = default);
}
