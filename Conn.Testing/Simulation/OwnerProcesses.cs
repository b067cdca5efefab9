using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>The owners' processes and their registration: they start, die, and are replaced.</summary>
internal sealed class OwnerProcesses(SimulationRun run)
{
    private static readonly uint[] VersionOfLife = [3, 2, 1];

    private int _hosts;

    /// <summary>A host starts on what the storage holds, and every owner with it.</summary>
    public async Task StartHostAsync()
    {
        run.Host = await SimulatedHost.StartAsync(run.Time, run, run.Storage, _hosts == 0, (int)(run.Plan.Seed * 31) + _hosts);
        _hosts++;
        foreach (SimulatedOwner owner in run.Owners)
        {
            owner.Version = owner.Plan.ChangesVersion ? VersionOfLife[_hosts % VersionOfLife.Length] : 0;
            await RegisterAsync(owner);
            Start(owner);
        }
    }

    /// <summary>The whole host is gone; another one starts on what the storage kept.</summary>
    public async Task CrashAsync(int seed)
    {
        run.Host.Drop();
        foreach (SimulatedOwner owner in run.Owners)
        {
            owner.Participant = null;
            if (owner.Calls is { } calls)
            {
                calls.IsDead = true;
            }
        }

        run.Storage.Crash(seed);
        foreach (SimulatedOwner owner in run.Owners)
        {
            await owner.Subject.ReopenAsync();
        }

        await StartHostAsync();
        run.Trace.Add("a new host");
    }

    /// <summary>A process of the owner starts and follows the mode.</summary>
    public void Start(SimulatedOwner owner)
    {
        owner.MustRestart = owner.IsPreparing = false;
        owner.Calls = null;
        SimulatedHost host = run.Host;
        HostScheduler scheduler = new(host.Scheduler);
        owner.Scheduler = scheduler;
        owner.Participant = new DataOwnerParticipant(host.Store.Open(host.Store.MintIdentity(owner.Sid)), new SimulatedTransport(run, owner, host), owner.Sid, owner.Plan.HasCallbacks ? owner.Subject.Client : null,
            new DataOwnerParticipantOptions
            {
                Client = new ActiveBackupClientOptions
                {
                    Scheduler = scheduler, TimeProvider = host.Clock, Name = owner.Name, Lease = TimeSpan.FromSeconds(owner.Plan.LeaseSeconds),
                    OnError = owner.Reported.Add, Layer = c => owner.Calls = new SimulatedCalls(run, owner, scheduler, c),
                },
                PrepareAsync = (client, mode, token) => run.OwnerFaults.PrepareAsync(owner, client, token),
            });
    }

    /// <summary>The owner's process dies: its connection drops, its memory is gone.</summary>
    public void Kill(SimulatedOwner owner)
    {
        if (owner.Participant is not { } participant)
        {
            return;
        }

        run.Trace.Add($"{owner.Name} dies");
        owner.Participant = null;
        owner.MustRestart = true;
        if (owner.Calls is { } calls)
        {
            calls.IsDead = true;
        }

        // A call that hangs in the dead process is not waited for.
        _ = participant.DisposeAsync().AsTask();
        if (owner.Connection is { } connection)
        {
            _ = connection.DisposeAsync().AsTask();
        }
    }

    public async Task RestartAsync(SimulatedOwner owner)
    {
        Kill(owner);
        await owner.Subject.ReopenAsync();
        owner.Late = null;
        Start(owner);
    }

    /// <summary>Starts the owner's process after a while. In a later operation it is started like every process that is gone, without what its last one
    /// held.</summary>
    public async Task StartLaterAsync(SimulatedOwner owner, int seconds)
    {
        (SimulatedHost host, SimulatedOperation operation) = (run.Host, run.Current);
        await run.Time.DelayAsync(TimeSpan.FromSeconds(seconds));
        if (owner.Participant is null && operation == run.Current && ReferenceEquals(host, run.Host) && !host.Scheduler.IsDead)
        {
            Start(owner);
        }
    }

    /// <summary>Unregisters an owner, and registers it again with other properties. Its process goes on.</summary>
    public async Task RegisterAgainAsync(PlannedRegistration registration)
    {
        SimulatedOwner owner = run.Owners[registration.Owner];
        run.Counts.Met(FaultKind.Reregistered);
        run.Trace.Add($"{registration}");
        owner.Plan = owner.Plan with
        {
            Policy = registration.Policy, Drives = registration.Drives, SupportsIncremental = registration.SupportsIncremental, RestoreAfter = registration.RestoreAfter,
        };
        if (!await run.Host.Engine.UnregisterAsync(owner.Sid))
        {
            run.Violated(Invariant.NoSurprise, $"{owner.Name} is registered, and unregistering it says that it is not");
        }

        await RegisterAsync(owner);
    }

    private Task RegisterAsync(SimulatedOwner owner) => run.Host.Engine.RegisterAsync(new DataOwnerRegistration(owner.Name, owner.Sid)
    {
        Drives = owner.Drives,
        Policy = owner.Plan.Policy,
        SupportsIncremental = owner.SupportsIncremental,
        MinSectionBytes = owner.Subject.MinSectionBytes,
        DataVersion = owner.Version,
        ActiveType = owner.Plan.Type,
        ProxyManagers = [.. run.Ties.ManagersOf(owner).Select(m => m.Sid)],
        RestoreAfter = owner.Plan.RestoreAfter < 0 ? [] : [run.Owners[owner.Plan.RestoreAfter].Sid],
    }, new SimulatedPlanner(run, owner));
}
