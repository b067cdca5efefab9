using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.PubSub;
using Conn.Testing.Owners;
using Conn.Testing.Storage;
using Conn.Testing.Time;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>One run of a schedule in virtual time: what its parts share, and the sequence of its operations.</summary>
internal sealed class SimulationRun
{
    private readonly List<SimulationViolation> _violations = [];

    private SimulationRun(VirtualTime time, SimulationPlan plan, SimulationOptions options)
    {
        (Time, Plan, Options) = (time, plan, options);
        SocketRandom = new Random((int)(plan.Seed * 7919) ^ 0x536F636B);
        Trace = new SimulationTrace(time, options.KeepTrace);
        Current = new SimulatedOperation(plan.Operations.Count > 0 ? plan.Operations[0] : throw new ArgumentException("A schedule has at least one operation.", nameof(plan)), -1);
        Ties = new OwnerTies(this);
        Processes = new OwnerProcesses(this);
        Operations = new OperationDriver(this);
        CallFaults = new CallFaults(this);
        OwnerFaults = new OwnerFaults(this);
        HostFaults = new HostFaults(this);
        Rogue = new RogueCalls(this);
        CallChecks = new CallChecks(this);
        Deadlines = new Deadlines(this);
        TerminationChecks = new TerminationChecks(this);
        FailureChecks = new FailureChecks(this);
        PlanChecks = new PlanChecks(this);
        RemarkChecks = new RemarkChecks(this);
        PendingChecks = new PendingChecks(this);
        RestoreChecks = new RestoreChecks(this);
        StoredChecks = new StoredChecks(this);
        OutcomeChecks = new OutcomeChecks(this);
        ReportChecks = new ReportChecks(this);
    }

    public VirtualTime Time { get; }

    public SimulationPlan Plan { get; }

    public SimulationOptions Options { get; }

    public SimulationTrace Trace { get; }

    /// <summary>What was done so far, in words.</summary>
    public OwnerStory Story { get; } = new();

    public SimulationCounts Counts { get; } = new();

    /// <summary>What happens to bytes under way; its own random numbers, so that it does not change the rest of a schedule.</summary>
    public Random SocketRandom { get; }

    public TearingStorage Storage { get; } = new();

    public List<SimulatedOwner> Owners { get; } = [];

    /// <summary>The present life of the host.</summary>
    public SimulatedHost Host { get; set; } = null!;

    /// <summary>The present operation; between two operations the one before.</summary>
    public SimulatedOperation Current { get; private set; }

    /// <summary>What each committed set must hold, by its id and the owner's number.</summary>
    public Dictionary<string, Dictionary<int, StoredModel>> Sets { get; } = [];

    public OwnerTies Ties { get; }

    public OwnerProcesses Processes { get; }

    public OperationDriver Operations { get; }

    public CallFaults CallFaults { get; }

    public OwnerFaults OwnerFaults { get; }

    public HostFaults HostFaults { get; }

    public RogueCalls Rogue { get; }

    public CallChecks CallChecks { get; }

    public Deadlines Deadlines { get; }

    public TerminationChecks TerminationChecks { get; }

    public FailureChecks FailureChecks { get; }

    public PlanChecks PlanChecks { get; }

    public RemarkChecks RemarkChecks { get; }

    public PendingChecks PendingChecks { get; }

    public RestoreChecks RestoreChecks { get; }

    public StoredChecks StoredChecks { get; }

    public OutcomeChecks OutcomeChecks { get; }

    public ReportChecks ReportChecks { get; }

    /// <summary>Whether the storage was full in the present operation.</summary>
    public bool WasFull => Storage.FullWrites > Current.FullWritesBefore;

    /// <summary>Whether a call of the storage failed in the present operation, without a loss of power.</summary>
    public bool HasStorageFailed => Storage.FailedCalls > Current.FailedCallsBefore;

    /// <summary>True while the power is gone: nothing happens any more, and time goes on.</summary>
    public bool IsDead => Storage.PowerIsLost;

    public static SimulationResult Run(SimulationPlan plan, SimulationOptions options)
    {
        SimulationRun? run = null;
        List<SimulationViolation> violations = [];
        try
        {
            VirtualTime.Run(time =>
            {
                run = new SimulationRun(time, plan, options);
                time.Locate(run.Inside);
                return run.RunAsync();
            });
        }
        catch (VirtualTimeException e)
        {
            // It comes first: what else went wrong may come from it.
            string what = run is null ? e.Message : run.Story.Failure(char.ToLowerInvariant(e.Message[0]) + e.Message[1..].TrimEnd('.'));
            violations.Add(new SimulationViolation(Invariant.NoSurprise, run?.Current.Number ?? -1, what));
            violations.AddRange(run?._violations ?? []);
        }
        catch (Exception e) when (e is not OutOfMemoryException and not StackOverflowException)
        {
            violations.AddRange(run?._violations ?? []);
            string what = $"the simulation ended with {Brief(e)}";
            violations.Add(new SimulationViolation(Invariant.NoSurprise, run?.Current.Number ?? -1, run is null ? what : run.Story.Failure(what)));
        }

        violations = violations.Count == 0 && run is not null ? run._violations : violations;
        return new SimulationResult(plan.Seed, plan.ToString(), run?.Trace.Hash ?? "", run?.Trace.Lines ?? [], violations, run?.Counts ?? new SimulationCounts());
    }

    /// <summary>What failed and where; the rest of the stack says nothing more.</summary>
    public static string Brief(Exception e) => string.Join('\n', e.ToString().Split('\n').Take(8));

    /// <summary>A fault of the schedule happens.</summary>
    public void Met(SimulationFault fault)
    {
        Counts.Met(fault.Kind);
        Current.Happened.Add(fault);
    }

    public void Violated(Invariant invariant, string what)
    {
        Story.Doing = Story.Doing.Length > 0 ? Current.ToString() : "";
        Trace.Add($"VIOLATION {invariant}: {what}");
        if (_violations.Count < 20)
        {
            _violations.Add(new SimulationViolation(invariant, Current.Number, Story.Failure(what.TrimEnd('.'))));
        }
    }

    /// <summary>The author's owner and the call that it is in; empty when it is in none.</summary>
    private string Inside() =>
        Owners.FirstOrDefault(o => o.Subject is not ScriptedSubject) is { Calls.Inside: { } kind } owner ? $"{owner.Name} was in {kind} when " : "";

    /// <summary>The mode was published.</summary>
    public void Published(BurMode mode) => Trace.Add($"mode {mode}");

    /// <summary>The engine reported a step: what is due at it happens now, in the engine's loop.</summary>
    public void Progressed(OperationProgress progress)
    {
        Trace.Add(-2, (int)progress.Phase, progress.Bytes, () => $"step {progress.Phase} {progress.Owner}");
        if (!Current.IsRunning || IsDead)
        {
            return;
        }

        CallChecks.Progressed(progress);
        FailureChecks.Progressed(progress);
        Current.IsCommitted |= progress.Phase == OperationPhase.Committed;
        Current.IsManifestWritten |= progress.Phase == OperationPhase.ManifestWritten;
        Current.HasLeft = progress.Phase == OperationPhase.Normal || (Current.HasLeft && progress.Phase != OperationPhase.ModeEntered);
        OwnerFaults.WriteLate(progress);
        HostFaults.LoseCompletion(progress);
        int step = Current.Steps++;
        foreach (SimulationFault fault in Current.Plan.Faults)
        {
            if (fault.Owner >= 0)
            {
                OwnerFaults.AtStep(fault, step);
            }
            else
            {
                HostFaults.AtStep(fault, step, progress);
            }
        }
    }

    /// <summary>Calls the owner itself; real work stops the clock.</summary>
    public async ValueTask<OwnerCallResult> InnerAsync(SimulatedOwner owner, Func<ValueTask<OwnerCallResult>> call) => owner.Subject.RealWork || (Options.RealWork && owner.Number == 0)
        ? await Time.RealAsync(async () => await call())
        : await call();

    private async Task RunAsync()
    {
        await MakeOwnersAsync();
        try
        {
            await Processes.StartHostAsync();
            for (int i = 0; i < Plan.Operations.Count && _violations.Count == 0; i++)
            {
                Current = new SimulatedOperation(PendingChecks.Adapt(Plan.Operations[i]), i);
                await Operations.RunAsync();
            }

            if (_violations.Count == 0)
            {
                await Rogue.RoamAsync();
                await StoredChecks.VerifyAsync();
            }
            else if (Inside().Length > 0)
            {
                Time.WaitForStray();
            }
        }
        finally
        {
            Host?.Drop();
            foreach (SimulatedOwner owner in Owners)
            {
                await owner.Subject.DisposeAsync();
            }
        }
    }

    private async Task MakeOwnersAsync()
    {
        for (int i = 0; i < Plan.Owners.Count; i++)
        {
            PlannedOwner plan = Plan.Owners[i];
            DataOwnerSubject subject = i == 0 && Options.MakeOwner is { } make ? await make($"owner{i}", plan.Drives)
                : new ScriptedSubject($"owner{i}", SimulationPlan.Drives, plan.MaxDataBytes) { MaxSectionBytes = plan.MaxSectionBytes };
            subject.Clock = Time.Clock;
            SimulatedOwner owner = new(i, plan, subject);
            owner.Places.AddRange(plan.Type == ActiveBackup.ActiveType.ProxyOnly ? [] : subject.Drives.Select(d => new DriveKey(d)));
            Owners.Add(owner);
        }

        foreach (SimulatedOwner owner in Owners)
        {
            Ties.ManagersOf(owner).ForEach(m => m.Keep(owner));
        }

        Owners.ForEach(o => o.Expect(o.Look()));
    }
}
