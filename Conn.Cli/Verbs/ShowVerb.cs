using System.CommandLine;
using Conn.ActiveBackup;
using Conn.Cli.Daemon;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Sets;
using Spectre.Console;

namespace Conn.Cli.Verbs;

/// <summary><c>conn show</c>: owners, drives, sizes, types and chains of one set.</summary>
internal static class ShowVerb
{
    private const int LongestChain = 4;

    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        Argument<string> set = new("SET") { Description = "An id or its beginning, a sequence number, latest or latest~N." };
        Verb command = new("show", "Show owners, sources, drives, sizes and chain of one set.")
        {
            Usage = "--repo REPO SET [--json]", Examples = ["show --repo /mnt/backup latest", "show --repo /mnt/backup 20261123T0011 --json"],
        };
        set.CompletionSources.Add(context => SetCompletion.Of(repo, context));
        repo.AddTo(command);
        command.Add(set);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repo.Read(parsed), parsed.GetRequiredValue(set)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, string name)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        BackupSet set = SetNames.In(sets).Find(name);
        Dictionary<string, string[]> chains = set.Parts.ToDictionary(p => p.Name, p => Chain(repository, p));
        context.Terminal.Result(
            new ShowDocument(SetOutput.Json(set, sets), chains), Documents.Default.ShowDocument, console => Text(console, set, chains, sets.MarkOf(set.Id)));
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

    /// <summary>A long chain by its ends; --json has all of it.</summary>
    private static string Short(string[] chain) => chain.Length <= LongestChain ? string.Join(" > ", chain)
        : $"{Sizes.Count(chain.Length, "set")}: {chain[0]} > ... > {chain[^1]} (--json lists all)";

    private static void Text(IAnsiConsole console, BackupSet set, Dictionary<string, string[]> chains, SetMark? mark)
    {
        console.Line($"set {set.Id}: sequence {set.Sequence}, {StatusOutput.Time(set.Time)}{(set.Host.Length > 0 ? $", host {set.Host}" : "")}");
        console.Line($"{set.Type.ToString().ToLowerInvariant()}{(set.CopyOnly ? ", copy only" : "")}, {set.Outcome.ToString().ToLowerInvariant()}, "
            + $"read back from the {(set.ReadBack == ReadBack.Device ? "device" : "cache")}"
            + (set.Tags.Count > 0 ? $", tags {string.Join(" ", set.Tags)}" : ""));
        if (mark is { Kind: not SetMarkKind.None })
        {
            console.Line($"{mark.Kind.ToString().ToLowerInvariant()} since {StatusOutput.Time(mark.Time)}{(mark.Why.Length > 0 ? $": {mark.Why}" : "")}");
        }

        PlainTable table = new("owner", "type", "outcome", "drive", "bytes", "stored", "snapshot");
        foreach (OwnerPart part in set.Parts)
        {
            (string type, string outcome) = (part.Type.ToString().ToLowerInvariant(), part.Outcome.ToString().ToLowerInvariant());
            if (part.Drives.Count == 0)
            {
                table.Row(part.Name, type, outcome, "-", "-", "-", "-");
            }

            foreach (DriveStreams drive in part.Drives)
            {
                table.Row(part.Name, type, outcome, DriveNumber.FromIndex(drive.Drive).ToString(),
                    Sizes.Bytes(drive.Data?.Bytes ?? 0), Sizes.Bytes(drive.Data?.StoredBytes ?? 0), Sizes.Bytes(drive.Snapshot?.StoredBytes ?? 0));
            }
        }

        table.WriteTo(console);
        foreach (OwnerPart part in set.Parts)
        {
            if (part.IsPruned)
            {
                console.Line($"{part.Name}: pruned: sets that it needs were deleted; this set is kept for another owner");
            }

            string chain = chains[part.Name].Length > 0 ? ", needs " + Short(chains[part.Name]) : "";
            console.Line($"{part.Name}: {part.Kind}{(part.Source.Length > 0 ? $" of {part.Source}" : "")}{chain}");
            foreach (string line in part.Notes.Select(n => "note: " + n).Concat(part.Errors))
            {
                console.Line($"{part.Name}: {line}");
            }
        }
    }
}

internal sealed record ShowDocument(SetItem Set, Dictionary<string, string[]> Chains) : Document;
