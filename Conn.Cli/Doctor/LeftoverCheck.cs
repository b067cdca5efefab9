namespace Conn.Cli.Doctor;

/// <summary>Whether a killed run left unfinished files. While a process writes, they are its own.</summary>
internal sealed class LeftoverCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined.Writers is { IsHeld: false, Leftovers.Count: > 0 } writers ? [Find(writers.Leftovers, examined.RepositoryPath!)] : []);

    private static Finding Find(IReadOnlyList<string> leftovers, string repository) => Finding.Warning(RepositoryCheck.About,
        $"A run that was stopped left {string.Join(", ", leftovers.Select(f => Path.GetRelativePath(repository, f)))}.",
        "Nothing needs to be done: the next backup removes it.");
}
