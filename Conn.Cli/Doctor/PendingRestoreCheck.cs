using Conn.Repository.Restores;

namespace Conn.Cli.Doctor;

/// <summary>Whether a restore in place was cut off after its commit. While a process writes, it may be the one that completes it.</summary>
internal sealed class PendingRestoreCheck : IDoctorCheck
{
    public async ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        examined is { Repository: { } repository, Writers.IsHeld: false }
            ? [.. (await repository.Restores.ListPendingAsync(cancellationToken)).Select(Find)] : [];

    private static Finding Find(RestoreRecord restore)
    {
        string owners = string.Join(", ", restore.Owners.Where(static o => !o.Completed).Select(static o => o.Name));
        return Finding.Problem($"restore {restore.Id}", $"It was cut off after its commit, and is to be completed for {owners}.",
            "Run conn backup or conn restore --in-place with these owners, or start the daemon: each completes it first.", ExitCode.Partial);
    }
}
