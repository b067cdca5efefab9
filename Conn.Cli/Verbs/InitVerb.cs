using System.CommandLine;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Cli.Verbs;

/// <summary><c>conn init</c>: makes a repository where nothing is.</summary>
internal static class InitVerb
{
    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        Option<bool> encrypt = SharedOptions.Flag("--encrypt", "Not supported yet: repositories are not encrypted.");
        Verb command = new("init", "Make a repository in an empty or new folder.")
        {
            Usage = "--repo REPO [--json]", Examples = ["init --repo /mnt/backup", "init --repo /mnt/backup --json"],
        };
        repo.AddTo(command);
        command.Add(encrypt);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repo.Read(parsed), parsed.GetValue(encrypt)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, bool encrypt)
    {
        RepositoryPlace.RequireNoDanglingLink(repo);
        bool isThere = await BackupRepository.ProbeAsync(new FolderStorage(Path.GetFullPath(repo)), context.Interrupted) == RepositoryPresence.Repository;
        if (encrypt)
        {
            if (isThere)
            {
                // A repository of a newer format says so before it is called one of ours.
                await (await RepositoryPlace.OpenAsync(repo, context.Interrupted)).DisposeAsync();
            }

            throw new UsageException("--encrypt is not supported yet: this version does not encrypt repositories. "
                + "Keep the repository on an encrypted disk, or leave the option out.");
        }

        if (isThere)
        {
            throw new UsageException($"{repo} is a repository already; use it as it is.");
        }

        (BackupRepository repository, _) = await RepositoryPlace.OpenOrCreateAsync(repo, context.Interrupted);
        await using (repository)
        {
            context.Terminal.Result(new { schemaVersion = 1, repository = repository.RepositoryId, created = true },
                console => console.Line($"created repository {repository.RepositoryId} in {repo}"), matters: false, isAttention: false);
        }

        return (int)ExitCode.Done;
    }
}
