using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary><c>conn hold</c> and <c>conn release</c>: a set that is held is never pruned.</summary>
internal static class HoldVerb
{
    public static Command Create(VerbContext context)
    {
        Option<string?> why = SharedOptions.One("--why", "TEXT", "Why it is held; kept with the set.");
        Verb command = new("hold", "Hold a set: no prune removes it until it is released.")
        {
            WhenInterrupted = static _ => Verb.AllOrNothing, Usage = "--repo REPO SET [--why TEXT] [--json]", Examples = ["hold --repo /mnt/backup latest --why \"before the upgrade\""],
        };
        command.Add(why);
        return With(command, context, async (repository, held, set, parsed) =>
        {
            SetMark mark = await repository.Retention.HoldAsync(held, set, Checked(parsed.GetValue(why) ?? ""), context.Interrupted);
            Show(context, new HoldDocument(set.Text, Held: true, mark.Why), Documents.Default.HoldDocument, $"set {set} is held");
        });
    }

    public static Command CreateRelease(VerbContext context)
    {
        Verb command = new("release", "Release a set that is held.")
        {
            WhenInterrupted = static _ => Verb.AllOrNothing, Usage = "--repo REPO SET [--json]", Examples = ["release --repo /mnt/backup 20261123T0011"],
        };
        return With(command, context, async (repository, held, set, _) =>
        {
            bool released = await repository.Retention.ReleaseAsync(held, set, context.Interrupted);
            Show(context, new ReleaseDocument(set.Text, Held: false, released), Documents.Default.ReleaseDocument,
                released ? $"set {set} is released" : $"set {set} was not held");
        });
    }

    private static Verb With(Verb command, VerbContext context, Func<BackupRepository, RepositoryWriterLock, SetId, ParseResult, Task> run)
    {
        RepositoryOption repo = new();
        Argument<string> name = new("SET") { Description = "An id or its beginning, a sequence number, latest or latest~N." };
        name.CompletionSources.Add(completion => SetCompletion.Of(repo, completion));
        repo.AddTo(command);
        command.Add(name);
        command.AddCommon();
        command.SetAction(async (parsed, _) =>
        {
            await using BackupRepository repository = await RepositoryPlace.OpenAsync(repo.Read(parsed), context);
            BackupSet set = SetNames.In(await repository.ListSetsAsync(context.Interrupted)).Find(parsed.GetRequiredValue(name));
            await using RepositoryWriterLock held = await PruneVerb.LockAsync(repository, context);
            await run(repository, held, set.Id, parsed);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static string Checked(string why) => why.Length <= SetMark.MaxWhyLength ? why
        : throw new UsageException($"--why has {why.Length} characters; {SetMark.MaxWhyLength} are the most.");

    private static void Show<T>(VerbContext context, T json, JsonTypeInfo<T> form, string text) =>
        context.Terminal.Result(json, form, console => console.Line(text), matters: false, isAttention: false);
}

internal sealed record HoldDocument(string Set, bool Held, string Why) : Document;

internal sealed record ReleaseDocument(string Set, bool Held, bool Released) : Document;
