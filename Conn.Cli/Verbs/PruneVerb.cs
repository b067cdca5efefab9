using System.CommandLine;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Retention;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary><c>conn prune</c>: hides the sets that a policy does not keep, and deletes those that were hidden long enough.</summary>
internal static class PruneVerb
{
    private const string Name = "prune";
    private const string Undo = "--undo";
    private const string DryRun = "--dry-run";
    private const string Forget = "--forget";

    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        RetentionOptions retention = new();
        Option<string[]> only = SharedOptions.Owner();
        Option<bool> dryRun = SharedOptions.Flag(DryRun, "Say what would be done, and change nothing.");
        Option<bool> undo = SharedOptions.Flag(Undo, "Bring all hidden sets back.");
        Verb command = new(Name, "Hide the sets that a policy does not keep, and delete those that were hidden long enough.")
        {
            WhenInterrupted = static _ => "what was hidden, brought back or deleted before stays so, and every other set is as it was; conn list shows them.",
            Usage = "--repo REPO (--keep-last|-hourly|-daily|-weekly|-monthly|-yearly N... [--keep-within D] [--owner NAME]... [--grace D] [--dry-run] | --undo | --forget SET)",
            Examples = ["prune --repo /mnt/backup --keep-daily 7 --keep-weekly 4 --dry-run", "prune --repo /mnt/backup --undo"],
        };
        Option<string?> forget = new(Forget) { HelpName = "SET", Description = "Remove a set that is damaged or missing, at once." };
        repo.AddTo(command);
        retention.AddTo(command);
        command.Add(only);
        command.Add(dryRun);
        command.Add(undo);
        command.Add(forget);
        command.AddCommon();
        command.Validators.Add(result =>
        {
            bool isOther = retention.IsAnyGiven(result) || result.GetValue(dryRun) || result.GetResult(only) is { Implicit: false };
            if (result.GetValue(undo) && (isOther || result.GetValue(forget) is not null))
            {
                result.AddError($"{Undo} brings all hidden sets back, and takes no other option of prune.");
            }
            else if (result.GetValue(forget) is not null && isOther)
            {
                result.AddError($"{Forget} removes one set, and takes no other option of prune.");
            }
        });
        command.SetAction((parsed, _) => parsed.GetValue(undo) ? UndoAsync(context, repo.Read(parsed))
            : parsed.GetValue(forget) is { } set ? ForgetAsync(context, repo.Read(parsed), set)
            : RunAsync(context, repo.Read(parsed), retention.Read(parsed, repo.Config(parsed), parsed.GetValue(only) ?? []), parsed.GetValue(dryRun)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, RetentionRequest request, bool dryRun)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        if (request.Owners is { } owners)
        {
            SetList sets = await repository.ListSetsAsync(context.Interrupted);
            if (owners.FirstOrDefault(n => sets.All(s => s.Parts.All(p => p.Name != n))) is { } unknown)
            {
                throw new RepositoryException(RepositoryFailure.NoSuchOwner, $"No set in the repository holds owner {unknown}; conn list shows what its sets hold.");
            }
        }

        if (dryRun)
        {
            await RepositoryAccess.RequireWritableAsync(repo, RepositoryAccess.OfPrune, context.Interrupted);
            PruneOutput.Show(context.Terminal, await repository.Retention.PlanAsync(request, context.Interrupted), dryRun, []);
            return (int)ExitCode.Done;
        }

        await using RepositoryWriterLock held = await LockAsync(repository, context);
        PruneReport report = await repository.Retention.PruneAsync(held, request, context.Interrupted);
        PruneOutput.Show(context.Terminal, report.Plan, dryRun, [.. held.Notes, .. report.Notes]);
        return (int)ExitCode.Done;
    }

    private static async Task<int> UndoAsync(VerbContext context, string repo)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        await using RepositoryWriterLock held = await LockAsync(repository, context);
        IReadOnlyList<BackupSet> sets = await repository.Retention.UndoAsync(held, context.Interrupted);
        context.Terminal.Result(new UndoDocument(sets.Select(static s => s.Id.Text), held.Notes), Documents.Default.UndoDocument,
            console => console.Line($"{Sizes.Count(sets.Count, "set")} brought back"), matters: false, isAttention: false);
        return (int)ExitCode.Done;
    }

    private static async Task<int> ForgetAsync(VerbContext context, string repo, string name)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);

        // A whole id is taken as it is: the index may know a set of which nothing else is left.
        SetId set = SetId.TryParse(name, out SetId id) ? id : SetId.Parse(SetNames.In(await repository.ListSetsAsync(context.Interrupted)).FindId(name));
        await using RepositoryWriterLock held = await LockAsync(repository, context);
        IReadOnlyList<string> notes = await repository.Retention.ForgetAsync(held, set, context.Interrupted);
        context.Terminal.Result(new ForgetDocument(set.Text, held.Notes.Concat(notes)), Documents.Default.ForgetDocument,
            console => console.Line($"set {set} forgotten"), matters: false, isAttention: false);
        return (int)ExitCode.Done;
    }

    /// <summary>Takes the writer lock under the name of the tool.</summary>
    public static ValueTask<RepositoryWriterLock> LockAsync(BackupRepository repository, VerbContext context) =>
        repository.LockForWritingAsync($"conn (process {Environment.ProcessId})", context.Interrupted);
}

internal sealed record UndoDocument(IEnumerable<string> BroughtBack, IReadOnlyList<string> Notes) : Document;

internal sealed record ForgetDocument(string Forgotten, IEnumerable<string> Notes) : Document;
