using System.CommandLine;
using Conn.ActiveBackup.Content;
using Conn.Cli.Contents;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary><c>conn dump</c>: one file, or a tree as a tar archive, to standard output.</summary>
internal static class DumpVerb
{
    private const int BufferBytes = 1 << 17;

    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        Argument<string> set = SetArgument.Create(repo);
        Argument<string> address = new("OWNER[:PATH]") { Description = "An owner of the set; a file or, with --tar, a folder in it." };
        Option<bool> tar = SharedOptions.Flag("--tar", "A tar archive of a folder, or of all that the set holds of the owner.");
        Verb command = new("dump", "Write a file of a set, or a tar archive, to standard output.")
        {
            Usage = "--repo REPO SET OWNER[:PATH] [--tar]",
            Examples = ["dump --repo /mnt/backup latest docs:may.odt > may.odt", "dump --repo /mnt/backup latest docs:reports --tar > reports.tar"],
        };
        repo.AddTo(command);
        command.Add(set);
        command.Add(address);
        command.Add(tar);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repo.Read(parsed), parsed.GetRequiredValue(set), parsed.GetRequiredValue(address), parsed.GetValue(tar)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, string name, string address, bool tar)
    {
        if (context.Terminal.Json)
        {
            throw new UsageException("conn dump writes bytes to standard output, and no JSON; leave --json out. conn ls --json describes a file.");
        }

        if (tar && context.Terminal.WritesToTerminal)
        {
            throw new UsageException("A tar archive is not written to a terminal; send it to a file or a program.");
        }

        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        OwnerAddress asked = OwnerAddress.Parse(sets, address);
        RestoreSet found = RestoreSet.Find(sets, name, asked.Owner);
        StoredOwner owner = new(repository, found.Set.Parts.First(p => p.Name == asked.Owner));
        if (found.Note is { } note)
        {
            context.Terminal.Note($"note: {note}");
        }

        PathChoice choice = await PathChoice.FindAsync(owner, [asked.Path ?? ""], context.Interrupted);
        ContentEntry entry = choice.Found[0];
        if (tar)
        {
            return await TarAsync(context, owner, choice);
        }

        ContentEntry file = entry.Kind == ContentKind.Folder && entry.Path.IsEmpty && !owner.IsTree ? await OnlyFileAsync(owner, context.Interrupted) : entry;
        if (file.Kind is ContentKind.Folder or ContentKind.Link)
        {
            throw new UsageException(file.Kind == ContentKind.Link ? $"{asked.Owner}:{file.Text} is a symbolic link; --tar writes it as one."
                : $"{asked.Owner}{(file.Path.IsEmpty ? "" : ":" + file.Text)} is a folder; name a file in it (conn ls), or add --tar for a tar archive.");
        }

        await using Stream output = new BufferedStream(context.Terminal.OpenBytes(), BufferBytes);
        await using IAsyncEnumerator<ContentPiece> pieces = owner.ExtractAsync(e => e.Path.Span.SequenceEqual(file.Path.Span), context.Interrupted)
            .GetAsyncEnumerator(context.Interrupted);
        if (await pieces.MoveNextAsync())
        {
            await using PieceStream content = new(pieces, context.Interrupted);
            await content.CopyToAsync(output, context.Interrupted);
        }

        return (int)ExitCode.Done;
    }

    /// <summary>The one file of an owner that is no folder.</summary>
    private static async Task<ContentEntry> OnlyFileAsync(StoredOwner owner, CancellationToken cancellationToken)
    {
        List<ContentEntry> files = [];
        await foreach (ContentEntry entry in owner.ListAsync(cancellationToken))
        {
            if (entry.Kind == ContentKind.File)
            {
                files.Add(entry);
            }
        }

        return files.Count == 1 ? files[0] : throw new UsageException(
            $"The data of owner {owner.Part.Name} in set {owner.Part.Set} is {Sizes.Count(files.Count, "stream")}: a base and its increments in order, for each drive. "
            + $"Name one ({owner.Part.Name}:{files.FirstOrDefault()?.Text}), or add --tar for all of them as files.");
    }

    private static async Task<int> TarAsync(VerbContext context, StoredOwner owner, PathChoice choice)
    {
        await using Stream output = new BufferedStream(context.Terminal.OpenBytes(), BufferBytes);
        TarOutput tar = new(output, context.Interrupted);
        await tar.WriteAsync(owner.ExtractAsync(choice.Holds, context.Interrupted));
        if (tar.Renamed == 0)
        {
            return (int)ExitCode.Done;
        }

        context.Terminal.Attention($"{Sizes.Count(tar.Renamed, "name")} cannot stand in a tar archive, and stand there as conn ls shows them; "
            + "conn restore keeps names exactly.");
        return (int)ExitCode.Partial;
    }
}
