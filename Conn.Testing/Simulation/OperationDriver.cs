using Conn.ActiveBackup;
using Conn.Engine;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Testing.Owners;
using Conn.Testing.Storage;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>Runs the present operation: prepares the owners, asks the engine, and has the outcome checked.</summary>
internal sealed class OperationDriver(SimulationRun run)
{
    /// <summary>Who asks for the operations.</summary>
    public const string Holder = "the simulation";

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(130);

    private SimulatedOperation Current => run.Current;

    private PlannedOperation Plan => run.Current.Plan;

    public async Task RunAsync()
    {
        await PrepareOwnersAsync();
        List<BackupSet> sets = [.. await run.Host.Repository.ListSetsAsync(CancellationToken.None)];
        BackupSet? set = Plan.IsRestore ? Choose(sets) : null;
        Current.Restored = set;
        if ((Plan.IsRestore && set is null) || !run.Ties.Named().Any())
        {
            return;
        }

        run.Counts.Operations++;
        run.Trace.Add($"operation {Current.Number}: {(Plan.IsRestore ? "restore" : "backup")}");
        run.Story.Doing = $"{Current}";
        using CancellationTokenSource abort = new();
        Current.Abort = abort.Cancel;
        Current.IsRunning = true;
        (Current.FullWritesBefore, Current.FailedCallsBefore) = (run.Storage.FullWrites, run.Storage.FailedCalls);
        run.PlanChecks.Begin(set);
        run.FailureChecks.Begin();
        run.RemarkChecks.Begin(set);
        RepositoryWriterLock? other = await run.HostFaults.ArmAsync();
        OperationEnding ending = new();
        Task running = set is null ? BackupAsync(ending, abort.Token) : RestoreAsync(set, ending, abort.Token);
        if (Current.Has(FaultKind.EngineDeath))
        {
            await UntilAsync(() => running.IsCompleted || run.Host.EngineScheduler.IsDead);
            if (run.Host.EngineScheduler.IsDead)
            {
                await LeasesRunOutAsync();
                await CrashAsync(set, sets);
                return;
            }
        }

        await running;
        Current.IsRunning = false;
        run.Storage.FailAtCall = 0;
        try
        {
            await (other?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (PowerLossException)
        {
            run.Trace.Add("the power went while the other writer released the repository");
        }

        if (run.IsDead)
        {
            run.Counts.Met(FaultKind.PowerLoss);
            await CrashAsync(set, sets);
            return;
        }

        if (run.HasStorageFailed)
        {
            run.Counts.Met(FaultKind.StorageFails);
        }

        run.Storage.CapacityBytes = long.MaxValue;
        run.Storage.PowerLossAtWrite = 0;
        await run.ReportChecks.CheckAsync(ending, set, sets);
        if (run.HasStorageFailed)
        {
            await run.StoredChecks.VerifyAsync();
        }

        run.Rogue.CheckTrace(cut: false);
        run.Story.Did($"{Current}");
    }

    /// <summary>The host is gone in the middle of the operation.</summary>
    private async Task CrashAsync(BackupSet? set, List<BackupSet> sets)
    {
        Current.IsRunning = false;
        run.Storage.CapacityBytes = long.MaxValue;
        run.Rogue.CheckTrace(cut: true);
        await run.Processes.CrashAsync(Current.Number + 1);
        await run.StoredChecks.CheckAfterCrashAsync(set, sets);
        run.Story.Did($"{Current} that a crash of the host ended");
    }

    /// <summary>Before an operation: hung processes are replaced, data changes, late calls have come to their end.</summary>
    private async Task PrepareOwnersAsync()
    {
        if (Plan.ChangeSeed % 3 == 0)
        {
            await run.Time.DelayAsync(Settling);
        }

        Current.Calls.Clear();
        foreach (SimulatedOwner owner in run.Owners)
        {
            owner.Forget();
            if (owner.MustRestart || owner.IsBlocked)
            {
                await run.Processes.RestartAsync(owner);
            }
        }

        foreach (PlannedRegistration registration in Plan.Registrations)
        {
            await run.Processes.RegisterAgainAsync(registration);
        }

        List<string> changed = [];
        foreach (SimulatedOwner owner in run.Owners)
        {
            uint bit = 1u << owner.Number;
            List<SimulatedOwner> keepers = [owner, .. run.Ties.ManagersOf(owner)];
            bool cleared = (Plan.Cleared & bit) != 0;
            bool isInPlace = keepers.Count == 1 && PendingChecks.IsInPlace(owner);
            bool changes = cleared || (Plan.Changed & bit) != 0 || (isInPlace && owner.Subject is not ScriptedSubject);
            if (changes && (isInPlace || keepers.TrueForAll(k => k.Pending is null)))
            {
                keepers.ForEach(k => k.Change(owner, cleared ? null : Plan.ChangeSeed));
                changed.Add($"{(cleared ? "the removal of all" : "a change of the")} data of {owner.Name}");
            }
        }

        if (changed.Count > 0)
        {
            run.Story.Did(string.Join(", ", changed));
        }

        foreach (SimulationFault fault in Plan.Faults.Where(f => f.Owner >= 0 && f.Callback is null))
        {
            await run.OwnerFaults.ArmAsync(run.Owners[fault.Owner], fault);
        }
    }

    private BackupSet? Choose(List<BackupSet> sets)
    {
        if (Plan.AllStored)
        {
            List<BackupSet> any = [.. sets.Where(s => run.Owners.Exists(o => s.Part(o.Sid.Value) is { IsStored: true }))];
            return any.Count == 0 ? null : any[Math.Max(0, any.Count - 1 - Plan.SetsBack)];
        }

        List<SimulatedOwner> named = [.. run.Ties.Named().Where(o => o.Plan.Type != ActiveType.ProxyOnly)];
        List<BackupSet> usable = [.. sets.Where(s => named.All(o => s.Part(o.Sid.Value) is { IsStored: true, Drives.Count: > 0 }))];
        return usable.Count == 0 || named.Count == 0 ? null : usable[Math.Max(0, usable.Count - 1 - Plan.SetsBack)];
    }

    private List<SecureId>? NamedSids() => run.Ties.Named().Count() == run.Owners.Count ? null : [.. run.Ties.Named().Select(o => o.Sid)];

    private Task BackupAsync(OperationEnding ending, CancellationToken abort) => EndAsync(ending, async () => ending.Backup = await run.Host.Engine.BackupAsync(new BackupRequest
    {
        Repository = run.Host.Repository, Owners = NamedSids(), Partial = Plan.Partial, Choice = Plan.Choice, CopyOnly = Plan.CopyOnly, Checksums = Plan.Checksums, Holder = Holder,
    }, abort));

    private Task RestoreAsync(BackupSet set, OperationEnding ending, CancellationToken abort) => EndAsync(ending, async () => ending.Restore = await run.Host.Engine.RestoreAsync(new RestoreRequest
    {
        Repository = run.Host.Repository, Partial = Plan.Partial, Owners = Plan.AllStored ? null : run.Ties.Named().All(o => set.Part(o.Sid.Value) is { IsStored: true }) ? NamedSids() : [.. run.Ties.Named().Select(o => o.Sid)],
        Set = set, InPlace = Plan.InPlace, Checksums = Plan.Checksums, Holder = Holder,
    }, abort));

    private async Task EndAsync(OperationEnding ending, Func<Task> operate)
    {
        try
        {
            await operate();
        }
        catch (Exception e) when (e is ConnException or RepositoryException or OperationCanceledException or PowerLossException)
        {
            ending.Failure = e;
        }

        Current.EndedAt = run.Time.Elapsed;
    }

    /// <summary>Waits in virtual time for what no task tells.</summary>
    private async Task UntilAsync(Func<bool> reached)
    {
        while (!reached())
        {
            await run.Time.DelayAsync(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>The engine is silent: every connected owner must free itself within its lease.</summary>
    private async Task LeasesRunOutAsync()
    {
        List<SimulatedOwner> prepared = [.. run.Owners.Where(o => o is { Connection: { Ended.IsCompleted: false }, Participant: not null })];
        await run.Time.DelayAsync(TimeSpan.FromSeconds(91));
        foreach (SimulatedOwner owner in prepared.Where(o => o.Participant is not null))
        {
            if (!owner.Connection!.Ended.IsCompleted)
            {
                run.Violated(Invariant.Released, $"{owner.Name} is still connected 91 s after the engine stopped; its lease is {owner.Plan.LeaseSeconds} s");
            }
            else if (owner.Calls is not { IsInside: true } && owner is { Faulted: false, IsBlocked: false } && !run.IsDead && owner.Subject.Held() is { } held)
            {
                run.Violated(Invariant.Released, $"{owner.Name} must hold nothing after its lease, and it says: {held}");
            }
        }
    }
}
