using Conn.Cli.Hosting;
using Microsoft.Extensions.Hosting;

namespace Conn.Cli.Daemon;

/// <summary>One daemon for a repository: two would back up at the same times and thin out each other's sets. The claim is a lock of the system on the folder, which
/// writes nothing; where the file system has none for folders, as NFS, nothing is claimed.</summary>
internal sealed class RepositoryClaim(string repository) : IHostedLifecycleService, IDisposable
{
    private IDisposable? _claim;

    /// <exception cref="ConnException">InUse: another daemon has it.</exception>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // On Windows a claim writes a file, and no daemon runs there.
        if (!OperatingSystem.IsWindows())
        {
            Claim();
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _claim?.Dispose();

    private void Claim()
    {
        try
        {
            _claim = FolderAccess.TryClaim(Path.GetFullPath(repository))
                ?? throw new ConnException(ErrorCode.InUse, $"Another daemon makes the backups into {repository}. Stop it first, or give each daemon a repository of its own.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No locks of folders there, or no folder: whoever opens the repository says what is wrong with it.
        }
    }
}
