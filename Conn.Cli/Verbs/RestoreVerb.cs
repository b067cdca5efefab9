using System.CommandLine;
using Conn.ActiveBackup;
using Conn.Cli.Daemon;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.Engine;
using Conn.Hosting;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary><c>conn restore</c>: owners of one set, to a new place or back where they came from.</summary>
internal static class RestoreVerb
{
    private const string Name = "restore";
    private const string To = "--to";

    public static Command Create(VerbContext context)
    {
        RepositoryOption repo = new();
        OwnerOptions owners = new(repo);
        Option<string?> set = SharedOptions.One("--set", "SET", "An id or its beginning, a sequence number, a day, latest (default) or latest~N.");
        Option<string[]> only = SharedOptions.Owner();
        Option<string?> to = SharedOptions.One(To, "DIR", "A new or empty folder; each owner gets a folder of its name in it.");
        PathOptions paths = new();
        Option<bool> inPlace = SharedOptions.Flag("--in-place", "Put the owners named back where they came from.");
        Option<bool> force = SharedOptions.Flag("--force", "In place: also over another source than the one recorded.");
        Option<bool> numericIds = SharedOptions.Flag("--numeric-ids", "Take the stored numbers of users and groups; else their names count.");
        Option<bool> dryRun = SharedOptions.Flag("--dry-run", "Make every check, say what would be replaced, change nothing.");
        SocketOption socket = new();
        Verb command = new(Name, "Restore owners of one set, or ask the daemon to.")
        {
            WhenInterrupted = static parsed => $"owners were released, the host is in Normal, {Left(parsed)}the repository is as it was before.",
            Usage = "--repo REPO [--set SET] [--owner NAME]... [--path P]... (--to DIR [--overwrite WHEN] | --in-place OWNERS [--force]) [--numeric-ids] [--dry-run] [--json]",
            Examples = ["restore --repo /mnt/backup --owner docs --path reports --to /tmp/out", "restore --repo /mnt/backup --in-place --dir docs=/home/me/docs --dry-run"],
        };
        set.CompletionSources.Add(context => SetCompletion.Of(repo, context));
        repo.AddTo(command);
        socket.AddTo(command);
        Array.ForEach<Option>([set, only, .. paths.All, to, inPlace, force, numericIds, dryRun], command.Add);
        owners.AddTo(command);
        command.AddCommon();
        command.Validators.Add(result =>
        {
            if (result.GetValue(inPlace) == (result.GetValue(to) is not null))
            {
                result.AddError("Say either --to DIR or --in-place OWNERS.");
            }
            else if (!result.GetValue(inPlace) && result.GetValue(force))
            {
                result.AddError("--force is for --in-place; --to writes to a new or empty folder.");
            }
            else if (result.GetValue(inPlace) && paths.FirstGiven(result) is { } single)
            {
                result.AddError($"{single} is for --to; --in-place restores whole owners.");
            }
            else if (!result.GetValue(inPlace) && owners.FirstGiven(result) is { } option)
            {
                result.AddError($"{option} is for --in-place; with --to, choose what is restored with --owner NAME.");
            }
        });
        command.SetAction((parsed, _) => repo.IsLeftToDaemon(parsed) && parsed.GetValue(inPlace) && owners.FirstGiven(parsed.CommandResult) is null
            ? parsed.GetValue(numericIds) ? throw new UsageException("--numeric-ids: for a restore by the daemon, set numericIds of the owner in its configuration.")
            : AskedRestore.RunAsync(context, socket.Read(parsed), new RestoreAsk
            {
                Set = parsed.GetValue(set), Owners = parsed.GetValue(only) is { Length: > 0 } names ? names : null, AllowOtherSource = parsed.GetValue(force),
                PlanOnly = parsed.GetValue(dryRun),
            })
            : paths.FirstGiven(parsed.CommandResult) is not null
            ? PathRestore.RunAsync(context, paths.Read(parsed, new RestoreArguments(repo.Read(parsed), parsed.GetValue(set), parsed.GetValue(only) ?? [],
                parsed.GetValue(to), owners.Read(parsed), parsed.GetValue(dryRun), Force: false)
            {
                NumericIds = parsed.GetValue(numericIds),
            }))
            : RunAsync(context, new RestoreArguments(repo.Read(parsed), parsed.GetValue(set), parsed.GetValue(only) ?? [],
            parsed.GetValue(to), owners.Read(parsed), parsed.GetValue(dryRun), parsed.GetValue(force))
            {
                NumericIds = parsed.GetValue(numericIds),
            }));
        return command;
    }

    private static string Left(ParseResult parsed) => PathOptions.AreGiven(parsed) ? "what was restored stays, each file whole, "
        : parsed.GetValue<string?>(To) is { } to ? $"what was begun in {to} was removed, "
        : "nothing was changed where the owners' data is, ";

    private static async Task<int> RunAsync(VerbContext context, RestoreArguments arguments)
    {
        OwnerList? inPlace = arguments.To is null ? arguments.InPlace() : null;
        if (arguments.To is { } target)
        {
            RestoreTarget.Check(target, arguments.Repo, arguments.Owners);
        }

        await using BackupRepository repository = await RepositoryPlace.OpenAsync(arguments.Repo, context);
        RestoreSet set = RestoreSet.Find(await repository.ListSetsAsync(context.Interrupted), arguments);
        if (inPlace is not null)
        {
            if (arguments.DryRun)
            {
                await RepositoryAccess.RequireWritableAsync(arguments.Repo, RepositoryAccess.OfRestore, context.Interrupted);
            }

            return await RunAsync(context, arguments, repository, set, inPlace);
        }

        OwnerList owners = RestoreTarget.Owners(set.Set, arguments.Only, arguments.To!);
        if (arguments.DryRun)
        {
            return await RunAsync(context, arguments, repository, set, owners);
        }

        using IDisposable claim = RestoreTarget.Create(arguments.To!, owners);
        try
        {
            return await RunAsync(context, arguments, repository, set, owners);
        }
        finally
        {
            RestoreTarget.RemoveUnused(owners);
        }
    }

    private static IActiveBackupDataClient Make(RestoreArguments arguments, OwnerSpec owner, Action? progress)
    {
        OwnerSpec asked = owner with { NumericIds = owner.NumericIds || arguments.NumericIds };
        return arguments.To is null ? OwnerFactory.AtItsPlace(asked, progress) : OwnerFactory.AtNewPlace(asked, progress);
    }

    private static async Task<int> RunAsync(VerbContext context, RestoreArguments arguments, BackupRepository repository, RestoreSet found, OwnerList owners)
    {
        BackupSet set = found.Set;
        ProgressView view = new(context.Terminal);
        Dictionary<SecureId, OwnerSpec> planned = arguments is { DryRun: true, To: not null }
            ? owners.ToDictionary(static o => o.Sid, RestoreTarget.Planned) : [];
        OwnerSpec[] restored = [.. owners.Where(o => arguments.Only.Length == 0 ? !IsLeftOut(o, set) : arguments.Only.Contains(o.Name))];
        await using ConnHost host = await new ToolHost(owners, context)
        {
            Make = (o, p) => Make(arguments, planned.GetValueOrDefault(o.Sid, o), p),
            Show = view.Show,
            KnownDataVersion = uint.MaxValue,
        }.StartAsync();
        Dictionary<SecureId, string> occupied = arguments.DryRun ? restored.ToDictionary(o => o.Sid, Occupied.By) : [];
        RestoreReport report = await view.AroundAsync(ProgressView.WholeSet, () => RestoreAsync(host, new RestoreRequest
        {
            Repository = repository,
            Set = set,
            Holder = $"conn restore (process {Environment.ProcessId})",
            Owners = [.. restored.Select(o => o.Sid)],
            InPlace = arguments.To is null,
            AllowOtherSource = arguments.Force,
            PlanOnly = arguments.DryRun,
        }, text => RestoreTarget.Real(text, owners, planned), context.Interrupted));
        report = report.WithMissing(arguments.Only.Length > 0 ? []
            : MissingOwner.Find(set, found.Sets, arguments.To is null ? [.. owners.Select(static o => (o.Name, o.Sid))]
                : SetChoice.IsLatest(arguments.Set) ? AllOf(found.Sets) : null));
        return RestoreOutput.Show(context.Terminal, RestoreWords.AddTo(report with
        {
            Owners =
            [
                .. report.Owners.Select(o => !occupied.TryGetValue(o.Sid, out string? what) ? o
                    : o with { Notes = [.. o.Notes, $"The restore would replace {what}."] }),
            ],
            Notes = [.. found.Note is { } note ? [note] : (string[])[], .. report.Notes],
        }, arguments.To is null));
    }

    /// <summary>The owners that any set knows: who restores the newest one wants to know what it lacks.</summary>
    private static (string Name, SecureId Sid)[] AllOf(SetList sets) =>
        [.. sets.Reverse().SelectMany(static s => s.Parts).DistinctBy(static p => p.Sid).Select(static p => (p.Name, new SecureId(p.Sid)))];

    private static async Task<RestoreReport> RestoreAsync(ConnHost host, RestoreRequest request, Func<string, string> real,
        CancellationToken cancellationToken)
    {
        try
        {
            RestoreReport report = await host.Engine.RestoreAsync(request, cancellationToken);
            return report with { Owners = [.. report.Owners.Select(o => o with { Errors = [.. o.Errors.Select(real)], Notes = [.. o.Notes.Select(real)] })] };
        }
        catch (OperationRefusedException e) when (real(e.Message) != e.Message)
        {
            throw new OperationRefusedException(e.Refusal, e.Code, real(e.Message), e);
        }
        catch (OperationRefusedException e) when (RestoreWords.AddTo(e, request.InPlace) is { } more)
        {
            throw more;
        }
    }

    /// <summary>Nothing of a best-effort owner was stored when the set was made; of any other that is a reason against the restore.</summary>
    private static bool IsLeftOut(OwnerSpec owner, BackupSet set) =>
        owner.Policy == OwnerPolicy.BestEffort && set.Part(owner.Sid.Value) is not { IsStored: true };
}
