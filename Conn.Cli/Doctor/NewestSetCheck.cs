using Conn.Repository.Sets;

namespace Conn.Cli.Doctor;

/// <summary>Whether the newest backup succeeded.</summary>
internal sealed class NewestSetCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined.NewestSet is { } set ? [Find(set)] : []);

    private static Finding Find(BackupSet set)
    {
        string about = $"set {set.Id}";
        string names = string.Join(", ", set.Parts.Where(static p => p.Outcome != PartOutcome.Succeeded).Select(static p => p.Name));
        string toDo = $"Read its errors with conn show {set.Id}, remove the cause, and make another backup.";
        return set.Outcome switch
        {
            SetOutcome.Succeeded => Finding.Ok(about, "It is the newest backup, and all its owners succeeded."),
            SetOutcome.Partial => Finding.Warning(about, $"The newest backup is partial: {names}.", toDo),
            _ => Finding.Problem(about, $"The newest backup failed: {names}.", toDo, ExitCode.Failed),
        };
    }
}
