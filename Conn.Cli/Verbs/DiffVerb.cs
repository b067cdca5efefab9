using System.CommandLine;
using System.Text.Json;
using Conn.ActiveBackup.Content;
using Conn.Cli.Contents;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary><c>conn diff</c>: what was added, removed and changed between two sets.</summary>
internal static class DiffVerb
{
    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        Argument<string> from = SetArgument.Create(repo, "SET1");
        Argument<string> to = SetArgument.Create(repo, "SET2");
        Option<string[]> only = SharedOptions.Owner();
        Verb command = new("diff", "Show what changed between two sets.")
        {
            Usage = "--repo REPO SET1 SET2 [--owner NAME]... [--json]",
            Examples = ["diff --repo /mnt/backup latest~1 latest", "diff --repo /mnt/backup 3 7 --owner docs --json"],
        };
        repo.AddTo(command);
        command.Add(from);
        command.Add(to);
        command.Add(only);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repo.Read(parsed), parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), parsed.GetValue(only) ?? []));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, string from, string to, string[] only)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        OwnerAddress.RequireKnown(sets, only);
        (BackupSet before, BackupSet after) = (SetNames.In(sets).Find(from), SetNames.In(sets).Find(to));
        string[] owners = only.Length > 0 ? only : [.. Names(before).Union(Names(after)).Order(StringComparer.Ordinal)];
        if (only.FirstOrDefault(o => !Names(before).Contains(o) && !Names(after).Contains(o)) is { } missing)
        {
            throw new RepositoryException(RepositoryFailure.NoSuchOwner,
                $"Neither set {before.Id} nor set {after.Id} holds data of owner {missing}; conn list shows what they hold.");
        }

        foreach ((BackupSet lacking, string owner) in owners.SelectMany(o => ((BackupSet[])[before, after]).Where(s => !Names(s).Contains(o)).Select(s => (s, o))))
        {
            context.Terminal.Note($"note: Set {lacking.Id} holds nothing of owner {owner}: all of it is listed as {(lacking == before ? "added" : "removed")}.");
        }

        await ResultStream.RunAsync(context.Terminal, result => ShowAsync(result, repository, before, after, owners, context.Interrupted));
        return (int)ExitCode.Done;
    }

    private static IEnumerable<string> Names(BackupSet set) => set.Parts.Where(static p => p.IsStored).Select(static p => p.Name);

    private static async Task ShowAsync(
        ResultStream result, BackupRepository repository, BackupSet before, BackupSet after, string[] owners, CancellationToken cancellationToken)
    {
        ChangeTotals totals = new();
        result.Json?.WriteString("from", before.Id.Text);
        result.Json?.WriteString("to", after.Id.Text);
        result.Json?.WriteStartArray("changes");
        foreach (string owner in owners)
        {
            await foreach (ContentChange change in ContentMerge.OfAsync(owner, Stored(before), Stored(after), cancellationToken))
            {
                if (change.Kind is { } kind)
                {
                    totals.Add(change, kind);
                    Show(result, change, kind);
                }
            }

            StoredOwner? Stored(BackupSet set) => set.Parts.FirstOrDefault(p => p.IsStored && p.Name == owner) is { } part ? new StoredOwner(repository, part) : null;
        }

        result.Json?.WriteEndArray();
        result.Line(totals.Text);
        if (result.Json is { } json)
        {
            json.WriteStartObject("totals");
            json.WriteNumber("added", totals[ContentChangeKind.Added]);
            json.WriteNumber("removed", totals[ContentChangeKind.Removed]);
            json.WriteNumber("changed", totals[ContentChangeKind.Changed]);
            json.WriteNumber("attributes", totals[ContentChangeKind.Attributes]);
            json.WriteNumber("bytesBefore", totals.BytesBefore);
            json.WriteNumber("bytesAfter", totals.BytesAfter);
            json.WriteEndObject();
        }
    }

    private static void Show(ResultStream result, ContentChange change, ContentChangeKind kind)
    {
        if (result.Json is { } json)
        {
            Json(json, change, kind);
        }
        else
        {
            string mark = kind switch { ContentChangeKind.Added => "+", ContentChangeKind.Removed => "-", ContentChangeKind.Changed => "M", _ => "A" };
            string size = change.Entry.Kind is ContentKind.Folder or ContentKind.HardLink ? "-" : Sizes.Bytes(change.Entry.Size);
            string before = kind == ContentChangeKind.Changed && change.Before!.Size != change.Entry.Size ? $" (was {Sizes.Bytes(change.Before.Size)})" : "";
            result.Line($"{mark}  {size,8}  {change.Owner}:{change.Entry.Text}{(change.Entry.Kind == ContentKind.Folder ? "/" : "")}{before}");
        }

        result.Next();
    }

    private static void Json(Utf8JsonWriter json, ContentChange change, ContentChangeKind kind)
    {
        json.WriteStartObject();
        json.WriteString("owner", change.Owner);
        EntryOutput.Path(json, change.Entry);
        json.WriteString("change", kind.ToString().ToLowerInvariant());
        Side(json, "before", change.Before);
        Side(json, "after", change.After);
        json.WriteEndObject();
    }

    private static void Side(Utf8JsonWriter json, string name, ContentEntry? entry)
    {
        if (entry is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        EntryOutput.Content(json, entry);
        EntryOutput.Rights(json, entry);
        json.WriteEndObject();
    }
}
