using System.CommandLine;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Cli.Verbs;

/// <summary><c>conn backup</c>: one set of the owners named.</summary>
internal static class BackupVerb
{
    public static Command Create(VerbContext context)
    {
        Option<string> repo = SharedOptions.Repo();
        OwnerOptions owners = new();
        Option<bool> baseOnly = new("--base") { Description = "A base of every owner." };
        Option<bool> increment = new("--increment") { Description = "An increment of every owner; refused (7) when one needs a base." };
        Option<bool> copyOnly = new("--copy-only") { Description = "A set that moves nobody's snapshot." };
        Command command = new("backup", "Back up owners into a repository.") { repo, baseOnly, increment, copyOnly, SharedOptions.Json() };
        owners.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(baseOnly) && result.GetValue(increment))
            {
                result.AddError("--base and --increment exclude each other.");
            }
        });
        command.SetAction((parsed, _) => RunAsync(context, parsed.GetRequiredValue(repo), owners.Read(parsed).NotEmpty(),
            parsed.GetValue(baseOnly) ? BackupChoice.Base : parsed.GetValue(increment) ? BackupChoice.Increment : BackupChoice.Auto, parsed.GetValue(copyOnly)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, OwnerList owners, BackupChoice choice, bool copyOnly)
    {
        RefuseInside(repo, owners);
        if (choice == BackupChoice.Increment && await BackupRepository.ProbeAsync(new FolderStorage(Path.GetFullPath(repo)), context.Interrupted) == RepositoryPresence.Nothing)
        {
            throw new OperationRefusedException(OperationRefusal.NeedsBase, ErrorCode.NotSupported,
                $"An increment of {string.Join(", ", owners.Select(o => o.Name))} was asked for and there is no repository in {repo} yet: a base is needed. Run without --increment, or with --base.");
        }

        (BackupRepository repository, bool created) = await RepositoryPlace.OpenOrCreateAsync(repo, context.Interrupted);
        await using (repository)
        {
            if (created)
            {
                context.Terminal.Note($"created repository {repository.RepositoryId} in {repo}");
            }

            ProgressView view = new(context.Terminal);
            await using ConnHost host = await ConnHost.StartAsync(owners, (o, p) => OwnerFactory.AtItsPlace(o, owners, repo, p), context, view.Show);
            BackupReport report = await view.AroundAsync(() => host.Engine.BackupAsync(new BackupRequest
            {
                Repository = repository, Holder = $"conn backup (process {Environment.ProcessId})", Choice = choice, CopyOnly = copyOnly,
            }, context.Interrupted));
            context.Terminal.Result(BackupOutput.Json(report), console => BackupOutput.Text(console, report));
            BackupOutput.Notes(context.Terminal, report);
            return (int)ExitCodes.Of(report.Outcome, report.Owners, o => owners.Find(o.Sid)!.Policy);
        }
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
