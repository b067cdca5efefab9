using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.Testing.Owners;
using Conn.Testing.Storage;
using Conn.Testing.Time;

namespace Conn.Testing.Simulation;

/// <summary>One run of a schedule in virtual time: hosts that come and go, owners, operations, and what must be true of them.</summary>
internal sealed partial class SimulationRun
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(130);

    private static readonly uint[] VersionOfLife = [3, 2, 1];

    private readonly VirtualTime _time;
    private readonly SimulationPlan _plan;
    private readonly SimulationOptions _options;
    private readonly SimulationTrace _trace;
    private readonly TearingStorage _storage = new();
    private readonly List<SimulatedOwner> _owners = [];
    private readonly List<SimulationViolation> _violations = [];
    private readonly Dictionary<string, Dictionary<int, StoredModel>> _sets = [];
    private SimulatedHost _host = null!;
    private PlannedOperation _operation;
    private int _number = -1;
    private int _hosts;
    private bool _going;

    private SimulationRun(VirtualTime time, SimulationPlan plan, SimulationOptions options)
    {
        (_time, _plan, _options) = (time, plan, options);
        _trace = new SimulationTrace(time, options.KeepTrace);
        _operation = plan.Operations.Count > 0 ? plan.Operations[0] : throw new ArgumentException("A schedule has at least one operation.", nameof(plan));
    }

    /// <summary>The number of the present operation.</summary>
    public int Operation => _number;

    public SimulationCounts Counts { get; } = new();

    /// <summary>True when the power has gone: nothing happens any more but in time.</summary>
    public bool IsDead => _storage.PowerIsLost;

    public static SimulationResult Run(SimulationPlan plan, SimulationOptions options)
    {
        SimulationRun? run = null;
        List<SimulationViolation> violations = [];
        try
        {
            VirtualTime.Run(time =>
            {
                run = new SimulationRun(time, plan, options);
                return run.RunAsync();
            });
        }
        catch (Exception e) when (e is not OutOfMemoryException and not StackOverflowException)
        {
            violations.Add(new SimulationViolation(Invariant.NoSurprise, run?._number ?? -1, Brief(e)));
        }

        violations.InsertRange(0, run?._violations ?? []);
        return new SimulationResult(plan.Seed, plan.ToString(), run?._trace.Hash ?? "", run?._trace.Lines ?? [], violations, run?.Counts ?? new SimulationCounts());
    }

    public void Violated(Invariant invariant, string what)
    {
        _trace.Add($"VIOLATION {invariant}: {what}");
        if (_violations.Count < 20)
        {
            _violations.Add(new SimulationViolation(invariant, _number, what));
        }
    }

    public void Published(BurMode mode)
    {
        _trace.Add($"mode {mode}");
    }

    private async Task RunAsync()
    {
        for (int i = 0; i < _plan.Owners.Count; i++)
        {
            PlannedOwner plan = _plan.Owners[i];
            DataOwnerSubject subject = i == 0 && _options.MakeOwner is { } make ? await make($"owner{i}", plan.Drives)
                : new ScriptedSubject($"owner{i}", plan.Drives, plan.MaxDataBytes) { MaxSectionBytes = plan.MaxSectionBytes };
            SimulatedOwner owner = new(i, plan, subject);
            owner.Places.AddRange(plan.Type == ActiveType.ProxyOnly ? [] : subject.Drives.Select(d => new DriveKey(d)));
            _owners.Add(owner);
        }

        foreach (SimulatedOwner owner in _owners)
        {
            ManagersOf(owner).ForEach(m => m.Keep(owner));
        }

        _owners.ForEach(o => o.Expect(o.Look()));

        try
        {
            await StartHostAsync();
            for (_number = 0; _number < _plan.Operations.Count && _violations.Count == 0; _number++)
            {
                _operation = OfPending(_plan.Operations[_number]);
                await OperateAsync();
            }

            if (_violations.Count == 0)
            {
                await RoamAsync();
                await VerifyAsync();
            }
        }
        finally
        {
            _host?.Drop();
            foreach (SimulatedOwner owner in _owners)
            {
                await owner.Subject.DisposeAsync();
            }
        }
    }

    private async Task StartHostAsync()
    {
        _host = await SimulatedHost.StartAsync(_time, this, _storage, _hosts == 0, (int)(_plan.Seed * 31) + _hosts);
        _hosts++;
        foreach (SimulatedOwner owner in _owners)
        {
            owner.Version = owner.Plan.ChangesVersion ? VersionOfLife[_hosts % VersionOfLife.Length] : 0;
            await _host.Engine.RegisterAsync(new DataOwnerRegistration(owner.Name, owner.Sid)
            {
                Drives = owner.Subject.Drives,
                Policy = owner.Plan.Policy,
                SupportsIncremental = owner.Plan.SupportsIncremental,
                MinSectionBytes = owner.Subject.MinSectionBytes,
                DataVersion = owner.Version,
                ActiveType = owner.Plan.Type,
                ProxyManagers = [.. ManagersOf(owner).Select(m => m.Sid)],
                RestoreAfter = owner.Plan.RestoreAfter < 0 ? [] : [_owners[owner.Plan.RestoreAfter].Sid],
            }, new SimulatedPlanner(this, owner));
            StartOwner(owner);
        }
    }

    /// <summary>A process of the owner starts and follows the mode.</summary>
    private void StartOwner(SimulatedOwner owner)
    {
        owner.MustRestart = owner.IsPreparing = false;
        owner.Calls = null;
        owner.Participant = new DataOwnerParticipant(_host.Store.Open(_host.Store.MintIdentity(owner.Sid)), new SimulatedTransport(owner, _host), owner.Sid, owner.Plan.HasCallbacks ? owner.Subject.Client : null,
            new DataOwnerParticipantOptions
            {
                Client = new ActiveBackupClientOptions { Scheduler = _host.Scheduler, TimeProvider = _host.Clock, Name = owner.Name, Lease = TimeSpan.FromSeconds(owner.Plan.LeaseSeconds), Layer = c => owner.Calls = new SimulatedCalls(this, owner, c) },
                PrepareAsync = (client, mode, token) => PrepareAsync(owner, client, token),
            });
    }

    /// <summary>The owner's process dies: its connection drops, its memory is gone.</summary>
    private void Kill(SimulatedOwner owner)
    {
        if (owner.Participant is not { } participant)
        {
            return;
        }

        _trace.Add($"{owner.Name} dies");
        owner.Participant = null;
        owner.MustRestart = true;
        if (owner.Calls is { } calls)
        {
            calls.IsDead = true;
        }

        // Whoever hangs in there is not waited for: it is dead.
        _ = participant.DisposeAsync().AsTask();
        if (owner.Connection is { } connection)
        {
            _ = connection.DisposeAsync().AsTask();
        }
    }

    private async Task RestartAsync(SimulatedOwner owner)
    {
        Kill(owner);
        await owner.Subject.ReopenAsync();
        owner.Late = null;
        StartOwner(owner);
    }

    /// <summary>The whole host is gone; another one starts on what the storage kept.</summary>
    private async Task CrashAsync(int seed)
    {
        _host.Drop();
        foreach (SimulatedOwner owner in _owners)
        {
            owner.Participant = null;
            if (owner.Calls is { } calls)
            {
                calls.IsDead = true;
            }
        }

        _storage.Crash(seed);
        foreach (SimulatedOwner owner in _owners)
        {
            await owner.Subject.ReopenAsync();
        }

        await StartHostAsync();
        _trace.Add("a new host");
    }

    /// <summary>The owners of the present operation; one without callbacks cannot take a restore, unless all of it is with managers.</summary>
    private IEnumerable<SimulatedOwner> Named() => _owners.Where(o =>
        (_operation.Owners == 0 || (_operation.Owners & (1u << o.Number)) != 0) && (o.Plan.HasCallbacks || o.Plan.IsProxied || !_operation.IsRestore));
}
