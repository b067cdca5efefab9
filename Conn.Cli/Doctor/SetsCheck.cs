using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Doctor;

/// <summary>Whether every set of the repository can be listed.</summary>
internal sealed class SetsCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined.Sets is not { } sets ? []
            : sets.Problems.Count > 0 ? [.. sets.Problems.Select(Find)]
            : sets.Count == 0 ? [Finding.Warning(RepositoryCheck.About, "It holds no set.", "Make the first backup with conn backup.")]
            : [Finding.Ok(RepositoryCheck.About, $"{Sizes.Count(sets.Count, "set")} can be listed; conn verify reads all their bytes.")]);

    private static Finding Find(SetProblem problem) => problem.Failure == RepositoryFailure.Io
        ? Finding.Problem($"set {problem.Set}", problem.What, "Check the disk and the system's log, and run conn verify.", ExitCode.Failed)
        : Finding.Problem($"set {problem.Set}", problem.What, "Run conn verify for details, and make a backup with --base.", ExitCode.VerificationFailed);
}
