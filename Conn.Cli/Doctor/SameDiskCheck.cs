using Conn.Cli.Owners;

namespace Conn.Cli.Doctor;

/// <summary>Whether the repository is on another disk than the sources of the configuration.</summary>
internal sealed class SameDiskCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken)
    {
        // Where a source that is missing would be, nobody can say: its disk may not be mounted.
        OwnerSpec[] owners = [.. examined.Owners.Where(static o => !o.IsRemote && !o.IsCommand && o.Drives.Values.All(Path.Exists))];
        return new(examined is { RepositoryMount: { } mount, Repository: not null } && owners.Length > 0 ? [Find(mount.Disk, owners)] : []);
    }

    private static Finding Find(string disk, OwnerSpec[] owners)
    {
        string[] beside = [.. owners.Where(o => o.Drives.Values.Any(p => Mount.Of(p)?.Disk == disk)).Select(static o => o.Name)];
        return beside.Length == 0 ? Finding.Ok(RepositoryCheck.About, $"It is on another disk than the source of {string.Join(", ", owners.Select(static o => o.Name))}.")
            : Finding.Warning(RepositoryCheck.About, $"It is on the same disk as the source of {string.Join(", ", beside)}: one dead disk takes both.",
                "Keep the repository, or a copy of it, on another disk.");
    }
}
