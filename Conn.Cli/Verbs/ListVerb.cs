using System.CommandLine;
using System.Globalization;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Sets;
using Spectre.Console;

namespace Conn.Cli.Verbs;

/// <summary><c>conn list</c>: the sets, newest last.</summary>
internal static class ListVerb
{
    private const int LeastWidthWithTime = 100;

    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        Option<string[]> only = SharedOptions.Owner();
        Verb command = new("list", "List the sets of a repository, newest last.")
        {
            Usage = "--repo REPO [--owner NAME]... [--json]", Examples = ["list --repo /mnt/backup", "list --repo /mnt/backup --owner docs --json"],
        };
        repo.AddTo(command);
        command.Add(only);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repo.Read(parsed), parsed.GetValue(only) ?? []));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, string[] only)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        if (only.FirstOrDefault(n => sets.Concat(sets.Hidden).All(s => s.Parts.All(p => p.Name != n))) is { } unknown && sets.Problems.Count == 0)
        {
            throw new RepositoryException(RepositoryFailure.NoSuchOwner,
                $"No set in the repository holds owner {unknown}; conn list without --owner shows what its sets hold.");
        }

        BackupSet[] shown = [.. sets.Concat(sets.Hidden).OrderBy(static s => s.Sequence).Where(s => only.Length == 0 || s.Parts.Any(p => only.Contains(p.Name)))];
        context.Terminal.Result(
            new ListDocument(shown.Select(s => SetOutput.Json(s, sets)), sets.Problems.Select(static p => new SetProblemItem(p.Set, p.What))),
            Documents.Default.ListDocument, console => Text(console, shown, sets));
        foreach (SetProblem problem in context.Terminal.Json ? [] : sets.Problems)
        {
            context.Terminal.Attention($"problem: {problem.Set}: {problem.What} Run conn verify.");
        }

        return (int)(sets.Problems.Count == 0 ? ExitCode.Done : ExitCode.VerificationFailed);
    }

    private static void Text(IAnsiConsole console, BackupSet[] shown, SetList sets)
    {
        // On a narrow terminal the id tells the time, and the owners have its room.
        bool hasTime = console.Profile.Width >= LeastWidthWithTime;
        PlainTable table = new([.. With(hasTime, "time", "seq", "set"), "type", "outcome", "bytes", "owners"]);
        foreach (BackupSet set in shown)
        {
            string time = set.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            table.Row([.. With(hasTime, time, set.Sequence.ToString(CultureInfo.InvariantCulture), set.Id.Text), set.Type.ToString().ToLowerInvariant(),
                set.Outcome.ToString().ToLowerInvariant(), Sizes.Bytes(set.Bytes), string.Join(" ", Words(set, sets))]);
        }

        table.WriteTo(console);
    }

    private static string[] With(bool hasLast, string last, params string[] cells) => hasLast ? [.. cells, last] : cells;

    /// <summary>The owners, those whose data the set does not hold marked; the tags; what is special about the set.</summary>
    private static IEnumerable<string> Words(BackupSet set, SetList sets) =>
    [
        .. set.Parts.Select(static p => p.IsStored ? p.Name : p.IsPruned ? $"({p.Name})" : $"({p.Name}:{p.Outcome.ToString().ToLowerInvariant()})"),
        .. set.Tags.Select(static t => "#" + t),
        .. set.CopyOnly ? (string[])["[copy]"] : [],
        .. sets.MarkOf(set.Id)?.Kind switch
        {
            SetMarkKind.Hidden => (string[])["[hidden]"],
            SetMarkKind.Held => ["[held]"],
            _ => [],
        },
    ];
}

internal sealed record ListDocument(IEnumerable<SetItem> Sets, IEnumerable<SetProblemItem> Problems) : Document;

internal sealed record SetProblemItem(string Set, string What);
