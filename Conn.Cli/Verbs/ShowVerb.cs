using System.CommandLine;
using Conn.ActiveBackup.Contract;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Sets;
using Spectre.Console;

namespace Conn.Cli.Verbs;

/// <summary><c>conn show</c>: owners, drives, sizes, types and chains of one set.</summary>
internal static class ShowVerb
{
    public static Command Create(VerbContext context)
    {
        Option<string> repo = SharedOptions.Repo();
        Argument<string> set = new("SET") { Description = "The set's id, or latest." };
        Command command = new("show", "Show owners, drives, sizes, types and chain of one set.") { repo, set, SharedOptions.Json() };
        command.SetAction((parsed, _) => RunAsync(context, parsed.GetRequiredValue(repo), parsed.GetRequiredValue(set)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, string name)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context.Interrupted);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        BackupSet set = RepositoryPlace.Find(sets, name);
        Dictionary<string, string[]> chains = set.Parts.ToDictionary(p => p.Name, p => Chain(repository, p));
        context.Terminal.Result(new { schemaVersion = 1, set = SetOutput.Json(set, sets), chains }, console => Text(console, set, chains));
        return (int)ExitCode.Done;
    }

    /// <summary>Base first; a chain that is broken says where.</summary>
    private static string[] Chain(BackupRepository repository, OwnerPart part)
    {
        if (!part.IsStored)
        {
            return [];
        }

        try
        {
            return [.. repository.ResolveChain(part).Select(p => p.Set.Text)];
        }
        catch (RepositoryException e) when (e.Failure == RepositoryFailure.ChainBroken)
        {
            return [$"broken: {e.Message}"];
        }
    }

    private static void Text(IAnsiConsole console, BackupSet set, Dictionary<string, string[]> chains)
    {
        console.Line($"set {set.Id}, sequence {set.Sequence}, {set.Time:u}, {set.Type.ToString().ToLowerInvariant()}{(set.CopyOnly ? ", copy only" : "")}, {set.Outcome.ToString().ToLowerInvariant()}, read back from the {(set.ReadBack == ReadBack.Device ? "device" : "cache")}");
        Table table = PlainTable.Of("owner", "kind", "type", "outcome", "drive", "bytes", "stored", "snapshot", "chain");
        foreach (OwnerPart part in set.Parts)
        {
            string outcome = part.Outcome.ToString().ToLowerInvariant() + (part.ErrorCode == 0 ? "" : $" ({new ErrorCode(part.ErrorCode)})");
            string chain = string.Join(" > ", chains[part.Name]);
            if (part.Drives.Count == 0)
            {
                table.Row(part.Name, part.Kind, part.Type.ToString().ToLowerInvariant(), outcome, "-", "-", "-", "-", chain);
            }

            foreach (DriveStreams drive in part.Drives)
            {
                table.Row(part.Name, part.Kind, part.Type.ToString().ToLowerInvariant(), outcome, DriveNumber.FromIndex(drive.Drive).ToString(),
                    Sizes.Bytes(drive.Data?.Bytes ?? 0), Sizes.Bytes(drive.Data?.StoredBytes ?? 0), Sizes.Bytes(drive.Snapshot?.StoredBytes ?? 0), chain);
            }
        }

        console.Write(table);
        foreach (OwnerPart part in set.Parts)
        {
            foreach (string line in part.Notes.Select(n => "note: " + n).Concat(part.Errors))
            {
                console.Line($"{part.Name}: {line}");
            }
        }
    }
}
