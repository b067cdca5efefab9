using Conn.ActiveBackup;
using Conn.Cli.Hosting;
using Conn.Cli.Owners;

namespace Conn.Cli.Doctor;

/// <summary>Whether the source of every owner of the configuration is there, and this user may read it.</summary>
internal sealed class SourceCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new([.. examined.Owners.Where(static o => !o.IsRemote && !o.IsCommand).SelectMany(static o => o.Drives.Values.Select(p => Find(o, p)))]);

    private static Finding Find(OwnerSpec owner, string path)
    {
        string about = $"owner {owner.Name}";
        if (SourcePath.FaultOf(owner, path) is { } fault)
        {
            Finding problem = Finding.OfMessage(about, fault, "Correct its path in the configuration.", ExitCode.Usage);
            return owner.Policy == OwnerPolicy.Required ? problem : problem with { Level = FindingLevel.Warning, Code = ExitCode.Done };
        }

        return FolderAccess.MayRead(path) ? Finding.Ok(about, $"{path} is there, and this user may read it.")
            : Finding.Problem(about, $"This user may not read {path}.", "Change its permissions, or run as a user who may.", ExitCode.NotPermitted);
    }
}
