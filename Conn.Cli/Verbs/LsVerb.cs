using System.CommandLine;
using Conn.ActiveBackup.Content;
using Conn.Cli.Contents;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
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
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context.Interrupted);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        if (address is null)
        {
            ShowOwners(context, SetNames.In(sets).Find(name));
            return (int)ExitCode.Done;
        }

        OwnerAddress asked = OwnerAddress.Parse(sets, address);
        RestoreSet found = RestoreSet.Find(sets, name, asked.Owner);
        StoredOwner owner = new(repository, found.Set.Parts.First(p => p.Name == asked.Owner));
        ContentEntry folder = (await PathChoice.FindAsync(owner, [asked.Path ?? ""], context.Interrupted)).Found[0];
        await ResultStream.RunAsync(context.Terminal, result => ShowAsync(result, owner, folder, recursive, context.Interrupted));
        if (found.Note is { } note)
        {
            context.Terminal.Note($"note: {note}");
        }

        return (int)ExitCode.Done;
    }

    private static void ShowOwners(VerbContext context, BackupSet set) => context.Terminal.Result(
        new
        {
            schemaVersion = 1,
            set = set.Id.Text,
            owners = set.Parts.Select(static p => new
            {
                name = p.Name, sid = new SecureId(p.Sid).ToString(), kind = p.Kind, source = p.Source, type = p.Type, outcome = p.Outcome,
                totalBytes = p.TotalBytes < 0 ? (long?)null : p.TotalBytes,
            }),
        },
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

    private static async Task ShowAsync(ResultStream result, StoredOwner owner, ContentEntry folder, bool recursive, CancellationToken cancellationToken)
    {
        result.Json?.WriteString("set", owner.Part.Set.Text);
        result.Json?.WriteString("owner", owner.Part.Name);
        result.Json?.WriteString("path", folder.Text);
        result.Json?.WriteStartArray("entries");
        bool isFile = folder.Kind != ContentKind.Folder;
        int start = isFile || recursive ? 0 : folder.Path.Length == 0 ? 0 : folder.Path.Length + 1;
        await foreach (ContentEntry entry in owner.ListAsync(cancellationToken))
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
