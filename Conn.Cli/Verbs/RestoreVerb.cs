using System.CommandLine;
using Conn.ActiveBackup.Contract;
using Conn.Cli.Hosting;
using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary><c>conn restore</c>: owners of one set, to a new place or back where they came from.</summary>
internal static class RestoreVerb
{
    public static Command Create(VerbContext context)
    {
        Option<string> repo = SharedOptions.Repo();
        Option<string?> set = new("--set") { Description = "The set's id, or latest (the default).", HelpName = "ID" };
        Option<string[]> only = SharedOptions.Owner();
        Option<string?> to = new Option<string?>("--to") { Description = "A new or empty folder; each owner gets a folder of its name in it.", HelpName = "DIR" }.NotEmpty();
        Option<bool> inPlace = new("--in-place") { Description = "Put the owners named back where they came from." };
        Option<bool> dryRun = new("--dry-run") { Description = "Show the plan; touch nothing." };
        OwnerOptions owners = new();
        Command command = new("restore", "Restore owners of one set.") { repo, set, only, to, inPlace, dryRun, SharedOptions.Json() };
        owners.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(inPlace) == (result.GetValue(to) is not null))
            {
                result.AddError("Say either --to DIR or --in-place OWNERS.");
            }
        });
        command.SetAction((parsed, _) => RunAsync(context, new RestoreArguments(parsed.GetRequiredValue(repo), parsed.GetValue(set), parsed.GetValue(only) ?? [],
            parsed.GetValue(to), owners.Read(parsed), parsed.GetValue(dryRun))));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, RestoreArguments arguments)
    {
        if (arguments.To is { } target)
        {
            RestoreTarget.Check(target, arguments.Repo, arguments.Owners);
        }

        await using BackupRepository repository = await RepositoryPlace.OpenAsync(arguments.Repo, context.Interrupted);
        SetList sets = await repository.ListSetsAsync(context.Interrupted);
        BackupSet set = RepositoryPlace.Find(sets, arguments.Set);
        if (arguments.To is null)
        {
            return await RunAsync(context, arguments, repository, set, InPlace(arguments));
        }

        OwnerList owners = RestoreTarget.Owners(set, arguments.Only, arguments.To);
        if (arguments.DryRun)
        {
            return await RunAsync(context, arguments, repository, set, owners);
        }

        RestoreTarget.Create(arguments.To, owners);
        try
        {
            return await RunAsync(context, arguments, repository, set, owners);
        }
        finally
        {
            RestoreTarget.RemoveUnused(owners);
        }
    }

    private static async Task<int> RunAsync(VerbContext context, RestoreArguments arguments, BackupRepository repository, BackupSet set, OwnerList owners)
    {
        ProgressView view = new(context.Terminal);
        OwnerSpec[] restored = [.. owners.Where(o => arguments.Only.Length == 0 ? !IsLeftOut(o, set) : arguments.Only.Contains(o.Name))];
        await using ConnHost host = await ConnHost.StartAsync(owners, (o, p) => arguments.To is null
            ? OwnerFactory.AtItsPlace(o, owners, arguments.Repo, p) : OwnerFactory.AtNewPlace(o, p), context, view.Show, knownDataVersion: uint.MaxValue, plans: arguments.To is null || !arguments.DryRun);
        RestoreReport report = await view.AroundAsync(() => host.Engine.RestoreAsync(new RestoreRequest
        {
            Repository = repository,
            Set = set,
            Holder = $"conn restore (process {Environment.ProcessId})",
            Owners = [.. restored.Select(o => o.Sid)],
            InPlace = arguments.To is null,
            PlanOnly = arguments.DryRun,
        }, context.Interrupted));
        string[] missing = arguments.Only.Length == 0
            ? [.. set.Parts.Where(p => !p.IsStored && (arguments.To is not null || owners.Any(o => o.Sid.Value == p.Sid))).Select(p => $"Owner {p.Name} {p.Outcome.ToString().ToLowerInvariant()} in set {set.Id}: there is nothing of it to restore; an earlier set may hold it.")] : [];
        // What a program wrote is given back whatever its version; whether the one installed can read it, the tool cannot know.
        IEnumerable<string> versions = report.Owners.Where(o => o.DataVersion > 0)
            .Select(o => $"Owner {o.Name}: the data is of version {o.DataVersion}; the program that it is for must know this version.");
        report = report with { Notes = [.. report.Notes, .. missing, .. versions] };
        context.Terminal.Result(RestoreOutput.Json(report, arguments.DryRun), console => RestoreOutput.Text(console, report, arguments.DryRun));
        foreach (string note in context.Terminal.Json ? [] : report.Notes)
        {
            context.Terminal.Note($"note: {note}");
        }

        BackupOutput.OwnerNotes(context.Terminal, report.Owners);
        return (int)ExitCodes.Strongest([
            ExitCodes.Of(report.Outcome, report.Owners, o => owners.Find(o.Sid)!.Policy), missing.Length > 0 ? ExitCode.Partial : ExitCode.Done]);
    }

    private static OwnerList InPlace(RestoreArguments arguments)
    {
        OwnerList owners = arguments.Owners.NotEmpty();
        RefuseOverlaps(owners, arguments.Only);
        return arguments.Only.FirstOrDefault(n => owners.All(o => o.Name != n)) is { } missing
            ? throw new UsageException($"--owner {missing}: say where it is with --dir or --sqlite; it goes back where it came from.") : owners;
    }

    /// <summary>Putting an outer folder in place swaps away what is staged for an inner one.</summary>
    private static void RefuseOverlaps(OwnerList owners, string[] only)
    {
        OwnerSpec[] restored = [.. owners.Where(o => only.Length == 0 || only.Contains(o.Name))];
        foreach (OwnerSpec outer in restored)
        {
            if (restored.FirstOrDefault(i => i != outer && i.Drives.Values.Any(inner => outer.Drives.Values.Any(folder => RealPath.IsBelow(inner, folder)))) is { } inside)
            {
                throw new UsageException($"Owner {inside.Name} lies inside owner {outer.Name}; they cannot be put in place together. Restore {outer.Name} first and then {inside.Name}, or use --to.");
            }
        }
    }

    /// <summary>Nothing of a best-effort owner was stored when the set was made; of any other that is a reason against the restore.</summary>
    private static bool IsLeftOut(OwnerSpec owner, BackupSet set) => owner.Policy == OwnerPolicy.BestEffort && set.Part(owner.Sid.Value) is { IsStored: false };
}
