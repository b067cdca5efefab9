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
    public static Command Create(VerbContext context)
    {
        Option<string> repo = SharedOptions.Repo();
        Command command = new("list", "List the sets of a repository, newest last.") { repo, SharedOptions.Json() };
        command.SetAction((parsed, _) => RunAsync(context, parsed.GetRequiredValue(repo)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context.Interrupted);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        context.Terminal.Result(new { schemaVersion = 1, sets = sets.Select(s => SetOutput.Json(s, sets)), problems = SetOutput.Problems(sets) }, console => Text(console, sets));
        foreach (SetProblem problem in sets.Problems)
        {
            context.Terminal.Note($"problem: {problem.Set}: {problem.What} Run conn verify.");
        }

        return (int)(sets.Problems.Count == 0 ? ExitCode.Done : ExitCode.VerificationFailed);
    }

    private static void Text(IAnsiConsole console, SetList sets)
    {
        Table table = PlainTable.Of("set", "seq", "time", "type", "outcome", "bytes", "stored", "owners");
        foreach (BackupSet set in sets)
        {
            table.Row(set.Id.Text, set.Sequence.ToString(CultureInfo.InvariantCulture), set.Time.ToString("u", CultureInfo.InvariantCulture), set.Type.ToString().ToLowerInvariant() + (set.CopyOnly ? " copy" : ""),
                set.Outcome.ToString().ToLowerInvariant(), Sizes.Bytes(set.Bytes), Sizes.Bytes(set.StoredBytes), string.Join(" ", set.Parts.Select(p => p.Name)));
        }

        console.Write(table);
    }
}
