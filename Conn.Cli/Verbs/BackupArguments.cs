using Conn.ActiveBackup;
using Conn.Cli.Owners;
using Conn.Engine;
using Conn.Repository;

namespace Conn.Cli.Verbs;

/// <summary>What <c>conn backup</c> was asked for.</summary>
/// <param name="Repo">The repository.</param>
/// <param name="Create">Whether it is made if there is none.</param>
/// <param name="Owners">The owners.</param>
/// <param name="Choice">Base or increment.</param>
/// <param name="CopyOnly">Whether no later increment continues the set.</param>
/// <param name="Tags">Words kept with the set.</param>
/// <param name="DryRun">Whether only the plan is wanted.</param>
internal sealed record BackupArguments(string Repo, bool Create, OwnerList Owners, BackupChoice Choice, bool CopyOnly, string[] Tags, bool DryRun)
{
    /// <summary>Gets the names of the owners that are backed up; none for all.</summary>
    public string[] Only { get; init; } = [];

    private const int MaxTags = 64;
    private const int MaxTagLength = 256;

    /// <summary>Gets the owners that are backed up. Of the others only their places count, which are left out.</summary>
    public IReadOnlyList<OwnerSpec> Asked => [.. Owners.Where(o => Only.Length == 0 || Only.Contains(o.Name))];

    /// <summary>Checks what the command line alone shows.</summary>
    /// <exception cref="UsageException">An owner asked for is not there, lies inside the repository or has no source, or there are too many tags.</exception>
    public void Require()
    {
        if (Only.FirstOrDefault(n => Owners.All(o => o.Name != n)) is { } unknown)
        {
            throw new UsageException($"--owner {unknown}: there is no owner of this name; there are {string.Join(", ", Owners.Select(static o => o.Name))}.");
        }

        string place = Path.GetFullPath(Repo);

        // The other way round, a repository inside an owner, is left out of the owner and listed.
        if (Owners.FirstOrDefault(o => o.Places.Any(d => RealPath.IsBelow(d, place))) is { } inside)
        {
            throw new UsageException($"Owner {inside.Name} lies inside the repository {Repo}; a repository holds nothing but its own.");
        }

        if (Tags.Length > MaxTags || Tags.Any(static t => t.Length > MaxTagLength))
        {
            throw new UsageException($"--tag: at most {MaxTags} tags of at most {MaxTagLength} characters each.");
        }

        SourcePath.RequireAll(Asked);
    }

    public BackupRequest ToRequest(BackupRepository repository) => new()
    {
        Repository = repository, Holder = $"conn backup (process {Environment.ProcessId})", Choice = Choice, CopyOnly = CopyOnly, Tags = Tags,
        PlanOnly = DryRun, Owners = Only.Length == 0 ? null : [.. Asked.Select(static o => o.Sid)],
    };
}
