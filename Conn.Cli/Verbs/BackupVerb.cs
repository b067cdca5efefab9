using System.CommandLine;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.Engine;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.Repository;

namespace Conn.Cli.Verbs;

/// <summary><c>conn backup</c>: one set of the owners named.</summary>
internal static class BackupVerb
{
    public static Command Create(VerbContext context)
    {
        RepositoryOption repository = new();
        OwnerOptions owners = new(repository);
        ExcludeOptions excludes = new();
        Option<bool> baseOnly = SharedOptions.Flag("--base", "A base of every owner.");
        Option<bool> increment = SharedOptions.Flag("--increment", "An increment of every owner; refused (7) if one needs a base.");
        Option<bool> copyOnly = SharedOptions.Flag("--copy-only", "A set that no later increment continues.");
        Option<bool> create = SharedOptions.Flag("--create", "Make the repository if there is none.");
        Option<string[]> tags = SharedOptions.Many("--tag", "T", "A word kept with the set; may be repeated.");
        Verb command = new("backup", "Back up owners into a repository.")
        {
            Usage = "--repo REPO OWNERS [--base | --increment] [--copy-only] [--create] [--tag T]... [--exclude P]... [--json]",
            Examples = ["backup --repo /mnt/backup --create --dir docs=/home/me/docs", "backup --repo /mnt/backup --dir docs=/srv/docs --sqlite shop=/srv/s.db"],
        };
        repository.AddTo(command);
        owners.AddTo(command);
        Array.ForEach<Option>([baseOnly, increment, copyOnly, create, tags], command.Add);
        excludes.AddTo(command);
        command.AddCommon();
        command.Validators.Add(result =>
        {
            if (result.GetValue(baseOnly) && result.GetValue(increment))
            {
                result.AddError("--base and --increment exclude each other.");
            }
        });
        command.SetAction((parsed, _) => RunAsync(context, repository.Read(parsed), parsed.GetValue(create), owners.Read(parsed, excludes.Read(parsed)).NotEmpty(), r => r with
        {
            Choice = parsed.GetValue(baseOnly) ? BackupChoice.Base : parsed.GetValue(increment) ? BackupChoice.Increment : BackupChoice.Auto,
            CopyOnly = parsed.GetValue(copyOnly),
            Tags = parsed.GetValue(tags) ?? [],
        }));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, bool create, OwnerList owners, Func<BackupRequest, BackupRequest> asked)
    {
        RefuseInside(repo, owners);
        SourcePath.RequireAll(owners);
        await using BackupRepository repository = await OpenAsync(context, repo, create);
        ProgressView view = new(context.Terminal);
        await using ConnHost host = await new ToolHost(owners, context) { Make = (o, p) => OwnerFactory.AtItsPlace(o, owners, repo, p), Show = view.Show }.StartAsync();
        BackupRequest request = asked(new BackupRequest { Repository = repository, Holder = $"conn backup (process {Environment.ProcessId})" });
        BackupReport report = await view.AroundAsync(() => host.Engine.BackupAsync(request, context.Interrupted));
        context.Terminal.Result(report, console => BackupOutput.Text(console, report), matters: false, report.Outcome != OperationOutcome.Succeeded);
        BackupOutput.Notes(context.Terminal, report.Notes, report.Owners);
        return (int)ExitCodes.Of(report.Outcome, report.Owners, o => owners.Find(o.Sid)!.Policy);
    }

    private static async Task<BackupRepository> OpenAsync(VerbContext context, string repo, bool create)
    {
        if (!create)
        {
            return await RepositoryPlace.OpenAsync(repo, context.Interrupted);
        }

        (BackupRepository repository, bool created) = await RepositoryPlace.OpenOrCreateAsync(repo, context.Interrupted);
        if (created)
        {
            context.Terminal.Note($"created repository {repository.RepositoryId} in {repo}");
        }

        return repository;
    }

    /// <summary>The other way round, a repository inside an owner, is left out of the owner and listed.</summary>
    private static void RefuseInside(string repo, OwnerList owners)
    {
        string place = Path.GetFullPath(repo);
        if (owners.FirstOrDefault(o => o.Drives.Values.Any(d => RealPath.IsBelow(d, place))) is { } inside)
        {
            throw new UsageException($"Owner {inside.Name} lies inside the repository {repo}; a repository holds nothing but its own.");
        }
    }
}
