using Conn.Cli.Contents;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.DataOwners;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary><c>conn restore --to</c> of single paths, or over what the target holds. No owner and no engine run: nothing can take place of one.</summary>
internal static class PathRestore
{
    public static async Task<int> RunAsync(VerbContext context, PathArguments arguments)
    {
        RestoreArguments restore = arguments.Restore;
        bool mayHold = arguments.Overwrite is not null;
        string to = Path.GetFullPath(restore.To!);
        RestoreTarget.Check(restore.To!, restore.Repo, restore.Owners, mayHold);
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(restore.Repo, context);
        RestoreSet found = RestoreSet.Find(await repository.ListSetsAsync(context.Interrupted), restore);
        OwnerPart[] parts = [.. found.Set.Parts.Where(p => p.IsStored && (restore.Only.Length == 0 || restore.Only.Contains(p.Name)))];
        if (arguments.Paths.Length > 0 && parts.Length != 1)
        {
            throw new UsageException($"--path is for one owner: name it with --owner; set {found.Set.Id} holds {string.Join(", ", parts.Select(static p => p.Name))}.");
        }

        List<(StoredOwner Owner, PathChoice Choice)> chosen = [];
        foreach (OwnerPart part in parts)
        {
            StoredOwner owner = new(repository, part);
            chosen.Add((owner, await PathChoice.FindAsync(owner, arguments.Paths is { Length: > 0 } paths ? paths : [""], context.Interrupted)));
        }

        foreach ((StoredOwner owner, PathChoice choice) in mayHold ? chosen : [])
        {
            RestoreTarget.RequireNoneOver(restore, owner.Part.Name, choice.Found.Select(static e => e.Text));
        }

        using IDisposable? claim = restore.DryRun ? null : RestoreTarget.Claim(to, mayHold);
        PathReport report = new(context.Terminal, found.Set, restore.DryRun);
        await ResultStream.RunAsync(context.Terminal, async result =>
        {
            report.Begin(result);
            foreach ((StoredOwner owner, PathChoice choice) in chosen)
            {
                using OwnerMerge merge = new(owner, choice, to, arguments.Overwrite ?? ContentOverwrite.Never, restore.NumericIds, (e, a, why) => report.Add(owner.Part.Name, e, a, why));
                await (restore.DryRun ? merge.PlanAsync(context.Interrupted) : merge.RunAsync(context.Interrupted));
                report.Notes.AddRange(merge.Notes);
            }

            report.Notes.AddRange(found.Note is { } note ? [note] : []);
            report.End();
        });
        foreach (string note in report.Notes)
        {
            context.Terminal.Note($"note: {note}");
        }

        return (int)(report.Refused == 0 ? ExitCode.Done : ExitCode.Partial);
    }
}
