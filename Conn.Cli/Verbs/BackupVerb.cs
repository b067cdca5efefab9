using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.Engine;
using Conn.Hosting;
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
        Option<string[]> only = SharedOptions.Many("--owner", "NAME", "Only this owner of the daemon or of --config; may be repeated.");
        SocketOption socket = new();
        Verb command = new("backup", "Back up owners into a repository, or ask the daemon to.")
        {
            WhenInterrupted = static _ => "owners were released, the host is in Normal, the repository is as it was before.",
            Usage = "--repo REPO OWNERS [--base | --increment] [--copy-only] [--create] [--dry-run] [--tag T]... [--exclude P]... [--json]",
            Examples = ["backup --repo /mnt/backup --dir docs=/home/me/docs",
                "backup --repo /mnt/backup --dir docs=/srv/docs --sqlite shop=/srv/s.db"],
        };
        repository.AddTo(command);
        owners.AddTo(command);
        Array.ForEach<Option>([baseOnly, increment, copyOnly, create, dryRun, tags, only], command.Add);
        socket.AddTo(command);
        excludes.AddTo(command);
        command.AddCommon();
        command.Validators.Add(result =>
        {
            if (result.GetValue(baseOnly) && result.GetValue(increment))
            {
                result.AddError("--base and --increment exclude each other.");
            }
            else if (result.GetValue(only) is { Length: > 0 } && owners.FirstGiven(result) is { } option)
            {
                result.AddError($"--owner chooses owners of the daemon or of --config; {option} names one of its own.");
            }
        });
        command.SetAction((parsed, _) => repository.IsLeftToDaemon(parsed) && owners.FirstGiven(parsed.CommandResult) is null
            ? AskAsync(parsed) : RunAsync(context, Read(parsed)));
        return command;

        BackupChoice Choice(ParseResult parsed) =>
            parsed.GetValue(baseOnly) ? BackupChoice.Base : parsed.GetValue(increment) ? BackupChoice.Increment : BackupChoice.Auto;

        BackupArguments Read(ParseResult parsed)
        {
            string[] names = parsed.GetValue(only) ?? [];
            OwnerList all = owners.Read(parsed, excludes.Read(parsed)).NotEmpty();
            return new BackupArguments(repository.Read(parsed), parsed.GetValue(create), all.HereFor(names), Choice(parsed), parsed.GetValue(copyOnly),
                parsed.GetValue(tags) ?? [], parsed.GetValue(dryRun))
            {
                Only = names,
            };
        }

        Task<int> AskAsync(ParseResult parsed)
        {
            excludes.RefuseWithDaemon(parsed);
            return parsed.GetValue(create) ? throw new UsageException("--create is for a repository that is named with --repo; that of the daemon is there.")
                : AskedBackup.RunAsync(context, socket.Read(parsed), new BackupAsk
                {
                    Owners = parsed.GetValue(only) is { Length: > 0 } names ? names : null, Choice = Choice(parsed), CopyOnly = parsed.GetValue(copyOnly),
                    Tags = parsed.GetValue(tags) ?? [], PlanOnly = parsed.GetValue(dryRun),
                });
        }
    }

    private static async Task<int> RunAsync(VerbContext context, BackupArguments arguments)
    {
        arguments.Require();
        (string repo, OwnerList owners) = (arguments.Repo, arguments.Owners);
        if (arguments.Create && await RepositoryPlace.IsNothingAsync(repo, context.Interrupted) && PlanOfNew(arguments) is var plan && arguments.DryRun)
        {
            return BackupOutput.Show(context.Terminal, plan);
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
        return BackupOutput.Show(context.Terminal, await view.AroundAsync(ProgressView.WholeSet, () => BackupAsync(host, request, context.Interrupted)));
    }

    /// <summary>The plan for a repository that the run makes.</summary>
    /// <exception cref="OperationRefusedException">Increments were asked for.</exception>
    private static BackupReport PlanOfNew(BackupArguments arguments)
    {
        FolderAccess.RequireWritable(SourcePath.NearestExisting(Path.GetFullPath(arguments.Repo)), "The repository cannot be made");
        return arguments.Choice == BackupChoice.Increment
            ? throw new OperationRefusedException(OperationRefusal.NeedsBase, ErrorCode.NotSupported,
                $"An increment of {string.Join(", ", arguments.Asked.Select(static o => o.Name))} was asked for, and a base is needed: "
                + $"there is no repository in {arguments.Repo} yet. Run without --increment, or with --base.")
            : new BackupReport
            {
                PlanOnly = true,
                Owners = [.. arguments.Asked.Select(static o => new OwnerReport { Name = o.Name, Sid = o.Sid, Source = o.Source, Why = New })],
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
            return await RepositoryPlace.OpenAsync(repo, context);
        }

        (BackupRepository repository, bool created) = await RepositoryPlace.OpenOrCreateAsync(repo, context);
        if (created)
        {
            // A scheduled run that makes one may have lost its disk: --quiet does not hide it.
            context.Terminal.Attention(repository.Keys is null ? $"created repository {repository.RepositoryId} in {repo}"
                : $"created encrypted repository {repository.RepositoryId} in {repo}; conn key add --recovery makes a key for the day on which this one is lost");
        }

        return repository;
    }
}
