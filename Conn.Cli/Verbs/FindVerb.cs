using System.CommandLine;
using System.Globalization;
using Conn.ActiveBackup.Content;
using Conn.Cli.Contents;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.DataOwners;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary><c>conn find</c>: each version of each path that matches a pattern, and the sets that hold it.</summary>
internal static class FindVerb
{
    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        Argument<string> pattern = new("PATTERN") { Description = "For a name, or with / for a path: *, ?, [...], **/ as in .gitignore. Quote it." };
        Option<string[]> only = SharedOptions.Owner();
        Verb command = new("find", "Find the versions of files by their name or path, in all sets.")
        {
            Usage = "--repo REPO PATTERN [--owner NAME]... [--json]",
            Examples = ["find --repo /mnt/backup 'report*.odt'", "find --repo /mnt/backup 'reports/**/*.pdf' --owner docs --json"],
        };
        pattern.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: "" or "/" }, ..])
            {
                result.AddError("PATTERN is empty.");
            }
        });
        repo.AddTo(command);
        command.Add(pattern);
        command.Add(only);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, repo.Read(parsed), parsed.GetRequiredValue(pattern), parsed.GetValue(only) ?? []));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, string repo, string pattern, string[] only)
    {
        await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo, context);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        OwnerAddress.RequireKnown(sets, only);
        List<(string Set, string What)> problems = [.. sets.Problems.Select(static p => (p.Set, p.What))];
        VersionList versions = await new VersionSearch(repository, sets, only).FindAsync(PatternOf(pattern), problems, context.Interrupted);
        await ResultStream.RunAsync(context.Terminal, result =>
        {
            Show(result, pattern, versions, problems);
            return Task.CompletedTask;
        });
        if (versions.Count == 0)
        {
            string hint = SourceHint.OfPattern(sets, pattern) is { } other ? $"; {other}" : "";
            context.Terminal.Note($"note: nothing in {Sizes.Count(sets.Count, "set")} matches {pattern}{hint}");
        }

        foreach ((string set, string what) in context.Terminal.Json ? [] : problems)
        {
            context.Terminal.Attention($"problem: {set}: {what} Run conn verify.");
        }

        return (int)(problems.Count == 0 ? ExitCode.Done : ExitCode.VerificationFailed);
    }

    private static ContentPattern PatternOf(string pattern)
    {
        try
        {
            return new ContentPattern(pattern);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"PATTERN: {e.Message}");
        }
    }

    private static void Show(ResultStream result, string pattern, VersionList versions, List<(string Set, string What)> problems)
    {
        result.Json?.WriteString("pattern", pattern);
        result.Json?.WriteStartArray("versions");
        foreach (ContentVersion version in versions.InOrder)
        {
            if (result.Json is not { } json)
            {
                result.Line(Line(version));
            }
            else
            {
                json.WriteStartObject();
                json.WriteString("owner", version.Owner);
                EntryOutput.Path(json, version.Entry);
                EntryOutput.Content(json, version.Entry);
                json.WriteString("firstSet", version.First.Id.Text);
                json.WriteString("lastSet", version.Last.Id.Text);
                json.WriteNumber("sets", version.Count);
                json.WriteEndObject();
            }

            result.Next();
        }

        result.Json?.WriteEndArray();
        result.Json?.WriteStartArray("problems");
        foreach ((string set, string what) in problems)
        {
            result.Json?.WriteStartObject();
            result.Json?.WriteString("set", set);
            result.Json?.WriteString("what", what);
            result.Json?.WriteEndObject();
        }

        result.Json?.WriteEndArray();
    }

    private static string Line(ContentVersion version)
    {
        ContentEntry entry = version.Entry;
        string sets = version.First == version.Last ? version.First.Sequence.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{version.First.Sequence}..{version.Last.Sequence} ({version.Count})");
        string size = entry.Kind != ContentKind.Folder ? Sizes.Bytes(entry.Size) : "-";
        return $"set {sets,-10}  {size,8}  {EntryOutput.Time(entry.Modified),20}  {version.Owner}:{entry.Text}{(entry.Kind == ContentKind.Folder ? "/" : "")}";
    }
}
