using Conn.ActiveBackup;
using Conn.Cli.Hosting;
using Conn.Cli.Owners;

namespace Conn.Cli.Doctor;

/// <summary>Whether the program of every command owner of the configuration is there, and this user may execute it.</summary>
internal sealed class ProgramCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new([.. examined.Owners.Where(static o => o.IsCommand).Select(Find)]);

    private static Finding Find(OwnerSpec owner)
    {
        string about = $"owner {owner.Name}";
        string? what = SourcePath.FaultOf(owner, owner.Path) ?? (FolderAccess.MayExecute(owner.Path) ? null : $"This user may not execute {owner.Path}.");
        const string toDo = "Name an executable file as its program (chmod +x), and run conn doctor again.";
        return what is null ? Finding.Ok(about, $"{owner.Path} is there, and this user may execute it.")
            : owner.Policy == OwnerPolicy.Required ? Finding.Problem(about, what, toDo, ExitCode.Usage) : Finding.Warning(about, what, toDo);
    }
}
