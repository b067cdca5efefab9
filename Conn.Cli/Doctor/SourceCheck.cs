using Conn.ActiveBackup;
using Conn.Cli.Hosting;
using Conn.Cli.Owners;

namespace Conn.Cli.Doctor;

/// <summary>Whether the source of every owner of the configuration is there and of its kind, this user may read it, and the program has what the owner needs.</summary>
internal sealed class SourceCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new([.. examined.Owners.Where(static o => !o.IsRemote && !o.IsCommand).SelectMany(static o => o.Drives.Values.Select(p => Find(o, p)))]);

    private static Finding Find(OwnerSpec owner, string path)
    {
        string about = $"owner {owner.Name}";
        if (SourcePath.FaultOf(owner, path) is { } fault)
        {
            return Graded(owner, Finding.OfMessage(about, fault, "Correct its path in the configuration.", ExitCode.Usage));
        }

        if (OwnerFactory.MissingPartOf(owner) is { } missing)
        {
            return Graded(owner, Finding.OfMessage(about, missing, "Install Conn again.", ExitCode.Failed));
        }

        return FolderAccess.MayRead(path) && owner.Kind != OwnerKind.Directory && !SqliteHeader.IsAt(path)
            ? Graded(owner, Finding.Problem(about, $"{path} is no SQLite database: it does not begin like one.", "Correct its path or kind in the configuration."))
            : FolderAccess.MayRead(path) ? Finding.Ok(about, $"{path} is there, and this user may read it.")
            : Finding.Problem(about, $"This user may not read {path}.", "Change its permissions, or run as a user who may.", ExitCode.NotPermitted);
    }

    private static Finding Graded(OwnerSpec owner, Finding problem) =>
        owner.Policy == OwnerPolicy.Required ? problem : problem with { Level = FindingLevel.Warning, Code = ExitCode.Done };
}
