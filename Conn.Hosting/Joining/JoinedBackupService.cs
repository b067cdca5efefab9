using Conn.Engine;

namespace Conn.Hosting.Joining;

/// <summary>Backups of a program that joins a daemon: the daemon makes them, of all its owners, and is asked.</summary>
internal sealed class JoinedBackupService(JoinedInstance instance) : IBackupService
{
    public async Task<BackupReport> BackupAsync(Func<BackupRequest, BackupRequest>? configure = null, CancellationToken cancellationToken = default)
    {
        RequireUnchanged(configure is null, "backup");
        await using ConnRequester daemon = await ConnRequester.ConnectAsync(instance.Socket, cancellationToken);
        return await daemon.BackupAsync(null, null, cancellationToken);
    }

    public async Task<RestoreReport> RestoreAsync(Func<RestoreRequest, RestoreRequest>? configure = null, CancellationToken cancellationToken = default)
    {
        RequireUnchanged(configure is null, "restore");
        await using ConnRequester daemon = await ConnRequester.ConnectAsync(instance.Socket, cancellationToken);
        return await daemon.RestoreAsync(null, null, cancellationToken);
    }

    public Task<BackupStatus> StatusAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new BackupStatus { Mode = instance.Monitor.Current, Owners = instance.Owners });

    // A request holds an open repository, and that is the daemon's.
    private static void RequireUnchanged(bool isUnchanged, string what)
    {
        if (!isUnchanged)
        {
            throw new ConnException(ErrorCode.NotSupported, $"This program joins a daemon, and asks it for a {what} of everything only. Leave configure out, ask with a "
                + $"{nameof(ConnRequester)}, or run 'conn {what}'.");
        }
    }
}
