using System.CommandLine;
using System.Text;
using Conn.ActiveBackup.Content;
using Conn.Cli.Contents;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.DataOwners;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary><c>conn ls</c>: the owners of a set, or the entries that it holds of one.</summary>
internal static class LsVerb
{
    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        Argument<string> set = SetArgument.Create(repo);
        Argument<string?> address = new("OWNER[:PATH]") { Description = "An owner of the set; a file or folder in it.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> recursive = SharedOptions.Flag("--recursive", "Also what is in folders below.");
        Verb command = new("ls", "List the owners of a set, or the files that it holds of one.")
        {
            Usage = "--repo REPO SET [OWNER[:PATH]] [--recursive] [--json]",
            Examples = ["ls --repo /mnt/backup latest docs:reports", "ls --repo /mnt/backup latest~1 docs --recursive --json"],
        };
        repo.AddTo(command);
        command.Add(set);
        command.Add(address);
        command.Add(recursive);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repo.Read(parsed), parsed.GetRequiredValue(set), parsed.GetValue(address), parsed.GetValue(recursive)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, string name, string? address, bool recursive)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        if (address is null)
        {
            ShowOwners(context, SetNames.In(sets).Find(name));
            return (int)ExitCode.Done;
        }

        OwnerAddress asked = OwnerAddress.Parse(sets, address);
        RestoreSet found = RestoreSet.Find(sets, name, asked.Owner);
        StoredOwner owner = new(repository, found.Set.Parts.First(p => p.Name == asked.Owner));
        string path = (asked.Path ?? "").Trim('/');
        List<ContentEntry>? inFolder = recursive ? null : await FolderAsync(owner, Encoding.UTF8.GetBytes(path), context.Interrupted);
        ContentEntry folder = inFolder?[0] ?? (await PathChoice.FindAsync(owner, [path], context.Interrupted)).Found[0];
        IAsyncEnumerable<ContentEntry> entries = inFolder?.ToAsyncEnumerable() ?? owner.ListAsync(context.Interrupted);
        await ResultStream.RunAsync(context.Terminal, result => ShowAsync(result, owner.Part, entries, folder, recursive));
        if (found.Note is { } note)
        {
            context.Terminal.Note($"note: {note}");
        }

        return (int)ExitCode.Done;
    }

    private static void ShowOwners(VerbContext context, BackupSet set) => context.Terminal.Result(
        new LsDocument(set.Id.Text, set.Parts.Select(static p => new StoredOwnerItem(
            p.Name, new SecureId(p.Sid).ToString(), p.Kind, p.Source, p.Type, p.Outcome, p.TotalBytes < 0 ? null : p.TotalBytes))),
        Documents.Default.LsDocument,
        console =>
        {
            PlainTable table = new("owner", "type", "outcome", "total", "kind");
            foreach (OwnerPart part in set.Parts)
            {
                table.Row(part.Name, part.Type.ToString().ToLowerInvariant(), part.Outcome.ToString().ToLowerInvariant(),
                    part.TotalBytes < 0 ? "-" : Sizes.Bytes(part.TotalBytes), part.Kind.Length == 0 ? "-" : part.Kind);
            }

            table.WriteTo(console);
        });

    /// <summary>Gets an entry and what is directly in it, in one pass over the list; null if it cannot be found so.</summary>
    private static async ValueTask<List<ContentEntry>?> FolderAsync(StoredOwner owner, byte[] path, CancellationToken cancellationToken)
    {
        List<ContentEntry>? found = await owner.SearchAsync(new DirectorySearch(IsIn), cancellationToken);
        return found is [{ } first, ..] && first.Path.Span.SequenceEqual(path) ? found : null;

        bool IsIn(ContentEntry entry)
        {
            ReadOnlySpan<byte> other = entry.Path.Span;
            return other.SequenceEqual(path) || (ContentOrder.IsBelow(other, path) && other.LastIndexOf((byte)'/') <= (path.Length == 0 ? -1 : path.Length));
        }
    }

    private static async Task ShowAsync(ResultStream result, OwnerPart part, IAsyncEnumerable<ContentEntry> entries, ContentEntry folder, bool recursive)
    {
        result.Json?.WriteString("set", part.Set.Text);
        result.Json?.WriteString("owner", part.Name);
        result.Json?.WriteString("path", folder.Text);
        result.Json?.WriteStartArray("entries");
        bool isFile = folder.Kind != ContentKind.Folder;
        int start = isFile || recursive ? 0 : folder.Path.Length == 0 ? 0 : folder.Path.Length + 1;
        await foreach (ContentEntry entry in entries)
        {
            bool isInside = ContentOrder.IsBelow(entry.Path.Span, folder.Path.Span);
            if (isFile ? !entry.Path.Span.SequenceEqual(folder.Path.Span) : !isInside)
            {
                // The list is in order: nothing of the folder comes after what is behind it.
                if (ContentOrder.Compare(entry.Path.Span, folder.Path.Span) > 0)
                {
                    break;
                }

                continue;
            }

            if (isFile || recursive || !entry.Path.Span[start..].Contains((byte)'/'))
            {
                Show(result, entry, start);
            }
        }

        result.Json?.WriteEndArray();
    }

    private static void Show(ResultStream result, ContentEntry entry, int start)
    {
        if (result.Json is not { } json)
        {
            result.Line(EntryOutput.Line(entry, ContentText.Of(entry.Path.Span[start..])));
        }
        else
        {
            json.WriteStartObject();
            EntryOutput.Path(json, entry);
            EntryOutput.Content(json, entry);
            EntryOutput.Rights(json, entry);
            json.WriteEndObject();
        }

        result.Next();
    }
}

internal sealed record LsDocument(string Set, IEnumerable<StoredOwnerItem> Owners) : Document;

internal sealed record StoredOwnerItem(string Name, string Sid, string Kind, string Source, PartType Type, PartOutcome Outcome, long? TotalBytes);
