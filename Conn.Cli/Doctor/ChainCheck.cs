using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Doctor;

/// <summary>Whether every increment has its parent, and the newest backup of each owner has all its files. Reads no data; conn verify does.</summary>
internal sealed class ChainCheck : IDoctorCheck
{
    private const string ToDo = "Make a backup with --base, and run conn verify to see what can still be restored.";

    public async ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken)
    {
        if (examined is not { Sets: { Count: > 0 } sets, Repository: { } repository })
        {
            return [];
        }

        List<Finding> findings = [.. sets.SelectMany(static s => s.Parts).Where(p => IsOrphan(p, sets))
            .Select(static p => Broken(p, $"Owner {p.Name} continues set {p.Parent}, which is missing, damaged or without this owner."))];
        foreach (OwnerPart part in findings.Count > 0 ? [] : Newest(sets))
        {
            try
            {
                _ = await repository.ResolveCompleteChainAsync(part, cancellationToken);
            }
            catch (RepositoryException e) when (e.Failure == RepositoryFailure.ChainBroken)
            {
                findings.Add(Broken(part, $"Owner {part.Name} cannot be restored from it: {e.Message}"));
            }
        }

        return findings.Count > 0 ? findings
            : [Finding.Ok(RepositoryCheck.About, "The newest backup of each owner has all sets and files that a restore needs.")];
    }

    private static bool IsOrphan(OwnerPart part, SetList sets) =>
        part is { IsStored: true, Parent: { } parent } && !(sets.Find(parent)?.Part(part.Sid) is { IsStored: true } stored && stored.Sequence < part.Sequence);

    private static IEnumerable<OwnerPart> Newest(SetList sets) =>
        sets.SelectMany(static s => s.Parts).Where(static p => p.IsStored).GroupBy(static p => p.Sid).Select(static g => g.Last());

    private static Finding Broken(OwnerPart part, string what) => Finding.Problem($"set {part.Set}", what, ToDo, ExitCode.VerificationFailed);
}
