using System.CommandLine;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.Engine;
using Conn.Repository;

namespace Conn.Cli.Verbs;

/// <summary><c>conn backup</c>: one set of the owners named.</summary>
internal static class BackupVerb
{
    private const string New = "The repository would be new.";

    public static Command Create(VerbContext context)
    {
        RepositoryOption repository = new();
        OwnerOptions owners = new(repository);
        ExcludeOptions excludes = new();
        Option<bool> baseOnly = SharedOptions.Flag("--base", "A base of every owner.");
        Option<bool> increment = SharedOptions.Flag("--increment", "An increment of every owner; refused (7) if one needs a base.");
        Option<bool> copyOnly = SharedOptions.Flag("--copy-only", "A set that no later increment continues.");
        Option<bool> create = SharedOptions.Flag("--create", "Make the repository if there is none.");
        Option<bool> dryRun = SharedOptions.Flag("--dry-run", "Make the checks of the run, say base or increment, change nothing.");
        Option<string[]> tags = SharedOptions.Many("--tag", "T", "A word kept with the set; may be repeated.");
        Verb command = new("backup", "Back up owners into a repository.")
        {
            Usage = "--repo REPO OWNERS [--base | --increment] [--copy-only] [--create] [--dry-run] [--tag T]... [--exclude P]... [--json]",
            Examples = ["backup --repo /mnt/backup --dir docs=/home/me/docs",
                "backup --repo /mnt/backup --dir docs=/srv/docs --sqlite shop=/srv/s.db"],
        };
        repository.AddTo(command);
        owners.AddTo(command);
        Array.ForEach<Option>([baseOnly, increment, copyOnly, create, dryRun, tags], command.Add);
        excludes.AddTo(command);
        command.AddCommon();
        command.Validators.Add(result =>
        {
            if (result.GetValue(baseOnly) && result.GetValue(increment))
            {
                result.AddError("--base and --increment exclude each other.");
            }
        });
        command.SetAction((parsed, _) => RunAsync(context, new BackupArguments(
            repository.Read(parsed), parsed.GetValue(create), owners.Read(parsed, excludes.Read(parsed)).NotEmpty(),
            parsed.GetValue(baseOnly) ? BackupChoice.Base : parsed.GetValue(increment) ? BackupChoice.Increment : BackupChoice.Auto,
            parsed.GetValue(copyOnly), parsed.GetValue(tags) ?? [], parsed.GetValue(dryRun))));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, BackupArguments arguments)
    {
        arguments.Require();
        (string repo, OwnerList owners) = (arguments.Repo, arguments.Owners);
        if (arguments.Create && await RepositoryPlace.IsNothingAsync(repo, context.Interrupted) && PlanOfNew(arguments) is var plan && arguments.DryRun)
        {
            return Show(context, owners, plan);
        }

        await using BackupRepository repository = await OpenAsync(context, repo, arguments.Create);
        if (arguments.DryRun)
        {
            await RepositoryAccess.RequireWritableAsync(repo, RepositoryAccess.OfBackup, context.Interrupted);
        }

        ProgressView view = new(context.Terminal);
        await using ConnHost host = await new ToolHost(owners, context)
        {
            Make = OwnerFactory.AtItsPlace, Show = view.Show,
        }.StartAsync();
        BackupRequest request = arguments.ToRequest(repository);
        return Show(context, owners, await view.AroundAsync(ProgressView.WholeSet, () => BackupAsync(host, request, context.Interrupted)));
    }

    private static int Show(VerbContext context, OwnerList owners, BackupReport report)
    {
        context.Terminal.Result(report, console => BackupOutput.Text(console, report), report.PlanOnly,
            report.PlanOnly || report.Outcome != OperationOutcome.Succeeded);
        BackupOutput.Notes(context.Terminal, report.Notes, report.Owners);
        return (int)ExitCodes.Of(report.Outcome, report.Owners);
    }

    /// <summary>The plan for a repository that the run makes.</summary>
    /// <exception cref="OperationRefusedException">Increments were asked for.</exception>
    private static BackupReport PlanOfNew(BackupArguments arguments)
    {
        FolderAccess.RequireWritable(SourcePath.NearestExisting(Path.GetFullPath(arguments.Repo)), "The repository cannot be made");
        return arguments.Choice == BackupChoice.Increment
            ? throw new OperationRefusedException(OperationRefusal.NeedsBase, ErrorCode.NotSupported,
                $"An increment of {string.Join(", ", arguments.Owners.Select(static o => o.Name))} was asked for, and a base is needed: "
                + $"there is no repository in {arguments.Repo} yet. Run without --increment, or with --base.")
            : new BackupReport
            {
                PlanOnly = true,
                Owners = [.. arguments.Owners.Select(static o => new OwnerReport { Name = o.Name, Sid = o.Sid, Source = o.Source, Why = New })],
            };
    }

    private static async Task<BackupReport> BackupAsync(ConnHost host, BackupRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await host.Engine.BackupAsync(request, cancellationToken);
        }
        catch (OperationRefusedException e) when (e.Refusal == OperationRefusal.NeedsBase)
        {
            throw new OperationRefusedException(e.Refusal, e.Code, $"{e.Message} Run without --increment, or with --base.", e);
        }
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
            // A scheduled run that makes one may have lost its disk: --quiet does not hide it.
            context.Terminal.Attention($"created repository {repository.RepositoryId} in {repo}");
        }

        return repository;
    }
}
