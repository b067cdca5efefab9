using Conn.Repository.Sets;

namespace Conn.Cli.Doctor;

/// <summary>Whether the repository holds a backup of each owner that is not too old. Of the owners of a daemon, <see cref="DaemonOwnerCheck"/> says it.</summary>
internal sealed class OwnerAgeCheck : IDoctorCheck
{
    private const string ToDo = "Look why no later backup holds it, and make one with conn backup; --max-age says another limit.";

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined.Sets is { Count: > 0 } sets ? [.. Find(examined, sets)] : []);

    private static IEnumerable<Finding> Find(Examination examined, SetList sets)
    {
        BackupAgeLimit limit = BackupAgeLimit.Of(examined);
        foreach ((string name, uint sid) in Asked(examined, sets).Where(o => !examined.IsOfDaemon(o.Name)))
        {
            DateTimeOffset? good = sets.LastOrDefault(s => s.Part(sid) is { IsStored: true })?.Time;
            Finding finding = limit.Judge($"owner {name}", good, examined.Now, ToDo);

            // Without a configuration nobody says that an owner of older sets shall still be backed up.
            yield return examined.Owners.Count > 0 || finding.Level != FindingLevel.Problem || sets[^1].Part(sid) is not null ? finding
                : finding with { Level = FindingLevel.Warning, Code = ExitCode.Done };
        }
    }

    private static IEnumerable<(string Name, uint Sid)> Asked(Examination examined, SetList sets) => examined.Owners.Count > 0
        ? examined.Owners.Select(static o => (o.Name, o.Sid.Value))
        : sets.SelectMany(static s => s.Parts).GroupBy(static p => p.Sid).Select(static g => (g.Last().Name, g.Key));
}
