using Conn.Cli.Hosting;

namespace Conn.Cli.Doctor;

/// <summary>Whether this user may write the repository, and its medium can be written.</summary>
internal sealed class RepositoryWriteCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined is { RepositoryPath: { } path, Repository: not null } ? [Find(path, examined)] : []);

    private static Finding Find(string path, Examination examined)
    {
        if (examined.RepositoryMount is { IsReadOnly: true } mount)
        {
            return Finding.Warning(RepositoryCheck.About, $"{path} is on a read-only medium, mounted at {mount.Point}.",
                "Mount it for writing to make backups; conn restore --to and conn verify work as it is.");
        }

        try
        {
            RepositoryAccess.RequireFoldersWritable(path, [.. RepositoryAccess.OfBackup, .. RepositoryAccess.OfRestore]);
            return Finding.Ok(RepositoryCheck.About, $"This user may write {path}.");
        }
        catch (UnauthorizedAccessException e)
        {
            return examined.IsRepositoryOfDaemon
                ? Finding.Ok(RepositoryCheck.About, $"Only the user of the daemon may write {path}; this user asks the daemon.")
                : Finding.OfMessage(RepositoryCheck.About, e.Message, "Change its permissions, or run as a user who has them.", ExitCode.NotPermitted);
        }
    }
}
