using Conn.Engine;

namespace Conn.Hosting.Joining;

/// <summary>What a program that joins a daemon knows of backups. The daemon makes them.</summary>
internal sealed class JoinedBackupService(JoinedInstance instance) : IBackupService
{
    public Task<BackupReport> BackupAsync(Func<BackupRequest, BackupRequest>? configure = null, CancellationToken cancellationToken = default) =>
        Task.FromException<BackupReport>(IsTheDaemons("backup", "conn backup"));

    public Task<RestoreReport> RestoreAsync(Func<RestoreRequest, RestoreRequest>? configure = null, CancellationToken cancellationToken = default) =>
        Task.FromException<RestoreReport>(IsTheDaemons("restore", "conn restore"));

    public Task<BackupStatus> StatusAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new BackupStatus { Mode = instance.Monitor.Current, Owners = instance.Owners });

    private static ConnException IsTheDaemons(string what, string command) => new(ErrorCode.NotSupported,
        $"This program joins a daemon, which makes every {what} and has the repository. Ask the daemon: run '{command}'.");
}
