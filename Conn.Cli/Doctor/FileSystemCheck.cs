namespace Conn.Cli.Doctor;

/// <summary>Whether the file system of the repository keeps what was flushed, and has locks between machines.</summary>
internal sealed class FileSystemCheck : IDoctorCheck
{
    private const string About = "disk";

    private static readonly string[] OfNetwork = ["nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "glusterfs", "lustre"];
    private static readonly string[] InMemory = ["tmpfs", "ramfs"];

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined is { RepositoryMount: { } mount, Repository: not null } ? [Judge(mount)] : []);

    internal static Finding Judge(Mount mount)
    {
        string where = $"The repository is on a file system of kind {mount.Kind}, mounted at {mount.Point}";
        if (OfNetwork.Contains(mount.Kind))
        {
            return Finding.Warning(About, $"{where}: a network file system may lose what was flushed, or have no locks between machines.",
                "Let one machine alone write it, and run conn verify after each backup; a local disk is better.");
        }

        if (mount.Kind.StartsWith("fuse", StringComparison.Ordinal))
        {
            return Finding.Warning(About, $"{where}: a program implements it, which may not flush or lock.",
                "Find out whether it does, and run conn verify after each backup; another file system is better.");
        }

        return InMemory.Contains(mount.Kind)
            ? Finding.Warning(About, $"{where}: it is in memory, and lost when the machine stops.", "Keep the repository on a disk.")
            : Finding.Ok(About, $"{where}.");
    }
}
