using System.Text;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;

namespace Conn.Testing.Simulation;

/// <summary>A schedule: owners, operations, faults. All that is random is decided here, from the seed; a run takes its plan to the letter.</summary>
internal sealed record SimulationPlan(long Seed, IReadOnlyList<PlannedOwner> Owners, IReadOnlyList<PlannedOperation> Operations)
{
    /// <summary>The drives on which owners have data.</summary>
    public static readonly DriveList Drives = DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E'));

    private static readonly OwnerCallKind[] BackupCallbacks =
    [
        OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.GetExpectedDataSize, OwnerCallKind.GetSnapshotData,
        OwnerCallKind.InitialiseGetBackupData, OwnerCallKind.GetBackupDataSection, OwnerCallKind.TerminateMultiStageOperation, OwnerCallKind.Recover,
        OwnerCallKind.InitialiseGetProxyBackupData, OwnerCallKind.GetDataChecksum, OwnerCallKind.TakeRemarks,
    ];

    private static readonly OwnerCallKind[] RestoreCallbacks =
    [
        OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.InitialiseRestoreBaseData, OwnerCallKind.RestoreBaseDataSection, OwnerCallKind.InitialiseRestoreIncrementData,
        OwnerCallKind.RestoreIncrementDataSection, OwnerCallKind.PrepareRestore, OwnerCallKind.RestoreComplete, OwnerCallKind.TerminateMultiStageOperation,
        OwnerCallKind.ResumeRestore, OwnerCallKind.Recover, OwnerCallKind.InitialiseRestoreProxyBaseData, OwnerCallKind.GetDataChecksum, OwnerCallKind.TakeRemarks,
    ];

    private static readonly FaultKind[] InCallback =
    [
        FaultKind.Delay, FaultKind.SlowWithProgress, FaultKind.Hang, FaultKind.HangUntilCancelled, FaultKind.LateReturn, FaultKind.Leave, FaultKind.Leave, FaultKind.Throw,
        FaultKind.ThrowRefusal, FaultKind.DieInside, FaultKind.DisposeInside, FaultKind.ReEnter, FaultKind.EmptySections, FaultKind.WrongSize, FaultKind.WrongLength,
        FaultKind.Nonsense, FaultKind.Nonsense, FaultKind.LateWrite, FaultKind.AsyncVoid,
    ];

    private static readonly FaultKind[] OfOwner =
    [
        FaultKind.Veto, FaultKind.PrepareThrows, FaultKind.PrepareSlow, FaultKind.PrepareHangs, FaultKind.Absent, FaultKind.ConnectLate, FaultKind.DieBetween,
        FaultKind.PlanRefuses, FaultKind.PlanHangs, FaultKind.BlockedThread, FaultKind.BlockedThread, FaultKind.LateVeto, FaultKind.LateVeto, FaultKind.LateVeto,
    ];

    /// <summary>Of an owner that is connected by a simulated socket.</summary>
    private static readonly FaultKind[] OfSocket =
    [
        .. OfOwner, FaultKind.ConnectionLost, FaultKind.ConnectionLost, FaultKind.ConnectionLost, FaultKind.ConnectionLost, FaultKind.ConnectionLost, FaultKind.ConnectsTwice,
    ];

    private static readonly FaultKind[] OfHost =
    [
        FaultKind.Abort, FaultKind.Abort, FaultKind.SecondOperation, FaultKind.ObserverThrows, FaultKind.EngineDeath, FaultKind.PowerLoss, FaultKind.PowerLoss,
        FaultKind.FullDisk, FaultKind.RepositoryInUse, FaultKind.StorageFails, FaultKind.StorageFails, FaultKind.StorageFails,
    ];

    private static readonly ErrorCode[] Codes =
    [
        ErrorCode.General, ErrorCode.NotSupported, ErrorCode.Corrupt, ErrorCode.TimedOut, ErrorCode.ServerTerminated, ErrorCode.DiskFull, ErrorCode.Cancel,
        ErrorCode.NotReady, ErrorCode.InUse, new ErrorCode(7), new ErrorCode(-12345), ErrorCode.LeaseExpired, ErrorCode.NotFound,
    ];

    private static readonly int[] BlockedSeconds = [0, 20, 70, 400];

    /// <summary>All faults, for shrinking: operation and place.</summary>
    public int FaultCount => Operations.Sum(o => o.Faults.Count);

    public static SimulationPlan FromSeed(long seed, SimulationOptions options)
    {
        Random random = new((int)(seed ^ (seed >> 32)));
        int owners = options.Owners > 0 ? options.Owners : 1 + random.Next(options.MaxOwners);
        DriveNumber[] drives = [DriveNumber.C, DriveNumber.FromLetter('E')];
        List<PlannedOwner> planned = [];
        for (int i = 0; i < owners; i++)
        {
            planned.Add(new PlannedOwner(
                options.Owners > 0 || random.Next(2) == 0 ? DriveList.Of(drives) : DriveList.Of(drives[random.Next(2)]),
                random.Next(3) == 0 ? OwnerPolicy.BestEffort : OwnerPolicy.Required,
                random.Next(6) != 0, i == 0 || options.Owners > 0 || random.Next(10) != 0,
                random.Next(3) == 0 ? 1 + random.Next(300) : int.MaxValue,
                random.Next(4) == 0 ? 1 + random.Next(6000) : 1 + random.Next(500),
                30 + random.Next(61), RestoreAfter(random, i, owners, later: seed % 2 != 0))
            {
                ChangesVersion = (seed + i) % 5 == 0,
            });
        }

        PlannedTies.Tie(planned, seed, later: seed % 2 != 0, options.MakeOwner is not null);

        List<PlannedOperation> operations = [];
        int count = options.Operations > 0 ? options.Operations : 2 + random.Next(4);
        Random rest = new((int)(seed * 7919) ^ 0x50454E44);
        for (int i = 0; i < count; i++)
        {
            operations.Add(Operation(random, i, owners, options) with
            {
                Registrations = rest.Next(5) == 0 && i > 0 ? [Registration(rest, options.MakeOwner is null ? rest.Next(owners) : owners - 1, owners, later: seed % 2 != 0)] : [],
                AllStored = rest.Next(4) == 0,
                Partial = rest.Next(6) == 0,
                OnlyPending = rest.Next(3) == 0,
                ResumeFails = rest.Next(4) == 0 && options.Faults ? Codes[rest.Next(Codes.Length)] : ErrorCode.Success,
            });
        }

        return new SimulationPlan(seed, planned, operations);
    }

    private static PlannedRegistration Registration(Random random, int owner, int owners, bool later) => new(owner, random.Next(2) == 0 ? OwnerPolicy.BestEffort : OwnerPolicy.Required,
        random.Next(3) switch { 0 => DriveList.Of(DriveNumber.C), 1 => DriveList.Of(DriveNumber.FromLetter('E')), _ => Drives }, random.Next(4) != 0, RestoreAfter(random, owner, owners, later));

    /// <summary>The owner that an owner depends on: one registered before it, or, in every other schedule, one registered later.</summary>
    private static int RestoreAfter(Random random, int owner, int owners, bool later)
    {
        int others = later ? owners - 1 - owner : owner;
        return others == 0 || random.Next(4) != 0 ? -1 : later ? owner + 1 + random.Next(others) : random.Next(others);
    }

    /// <summary>The same without one operation.</summary>
    public SimulationPlan WithoutOperation(int at) => this with { Operations = [.. Operations.Where((_, i) => i != at)] };

    /// <summary>The same without one fault.</summary>
    public SimulationPlan WithoutFault(int operation, int fault) => this with
    {
        Operations = [.. Operations.Select((o, i) => i != operation ? o : o with { Faults = [.. o.Faults.Where((_, j) => j != fault)] })],
    };

    /// <summary>The same with one operation that does not look at who waits.</summary>
    public SimulationPlan WithoutWaiting(int operation) => this with
    {
        Operations = [.. Operations.Select((o, i) => i != operation ? o : o with { OnlyPending = false, ResumeFails = ErrorCode.Success })],
    };

    /// <summary>The same without new registrations before an operation, and without the unusual request.</summary>
    public SimulationPlan WithoutExtras(int operation) => this with
    {
        Operations = [.. Operations.Select((o, i) => i != operation ? o : o with { Registrations = [], Partial = false, AllStored = false })],
    };

    /// <summary>The same without the last owner.</summary>
    public SimulationPlan WithoutLastOwner()
    {
        int last = Owners.Count - 1;
        uint mask = (1u << last) - 1;
        return this with
        {
            Owners = [.. Owners.Take(last).Select(o => o with { RestoreAfter = o.RestoreAfter == last ? -1 : o.RestoreAfter, Managers = [.. o.Managers.Where(m => m != last)] })],
            Operations = [.. Operations.Select(o => o with { Owners = o.Owners & mask, Changed = o.Changed & mask, Cleared = o.Cleared & mask, LeavesOut = o.LeavesOut & mask, Faults = [.. o.Faults.Where(f => f.Owner != last)],
                Registrations = [.. o.Registrations.Where(r => r.Owner != last).Select(r => r with { RestoreAfter = r.RestoreAfter == last ? -1 : r.RestoreAfter })] })],
        };
    }

    /// <summary>The schedule, to be read.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        for (int i = 0; i < Owners.Count; i++)
        {
            PlannedOwner o = Owners[i];
            text.Append(null, $"owner{i}: drives {o.Drives}, {o.Policy}{(o.SupportsIncremental ? "" : ", no increments")}{(o.HasCallbacks ? "" : ", no callbacks")}{(o.RestoreAfter < 0 ? "" : $", after owner{o.RestoreAfter}")}"
                + $"{(o.ChangesVersion ? ", versions" : "")}{(o.Type == ActiveType.ActiveOnly ? "" : $", {o.Type}")}{(o.IsProxied ? $", managers {string.Join(' ', o.Managers)}" : "")}\n");
        }

        for (int i = 0; i < Operations.Count; i++)
        {
            text.Append(null, $"{i}: {Operations[i]}\n");
            foreach (SimulationFault fault in Operations[i].Faults)
            {
                text.Append(null, $"     {fault}\n");
            }
        }

        return text.ToString();
    }

    private static PlannedOperation Operation(Random random, int number, int owners, SimulationOptions options)
    {
        bool restore = number > 0 && random.Next(5) < 2;
        uint all = (1u << owners) - 1;
        uint some = random.Next(3) == 0 ? (uint)random.Next(1, (int)all + 1) : 0;
        List<SimulationFault> faults = [];
        int count = !options.Faults || random.Next(4) == 0 ? 0 : 1 + random.Next(3);
        for (int i = 0; i < count; i++)
        {
            faults.Add(Fault(random, restore, owners, options.Socket));
        }

        return new PlannedOperation(restore, (BackupChoice)(random.Next(6) switch { 0 => 1, 1 => 2, _ => 0 }), random.Next(6) == 0, random.Next(5) != 0, some == all ? 0 : some,
            random.Next(3), (uint)random.Next((int)all + 1), random.Next(8) == 0 ? (uint)random.Next((int)all + 1) : 0, random.Next(1, 1000), faults)
        {
            Checksums = random.Next(6) == 0 && options.MakeOwner is null,
            LeavesOut = random.Next(4) == 0 ? (uint)random.Next((int)all + 1) : 0,
        };
    }

    private static SimulationFault Fault(Random random, bool restore, int owners, bool socket)
    {
        int owner = random.Next(owners);
        ErrorCode code = Codes[random.Next(Codes.Length)];
        switch (random.Next(socket ? 10 : 8))
        {
            case 0 or 1:
                FaultKind host = OfHost[random.Next(OfHost.Length)];
                int at = host switch
                {
                    FaultKind.PowerLoss => random.Next(60),
                    FaultKind.StorageFails => random.Next(4) switch
                    {
                        0 => random.Next(random.Next(2) == 0 ? 40 : 250),
                        1 => HostFaults.FromStep + random.Next(60),
                        _ => HostFaults.FromCommit + random.Next(60),
                    },
                    _ => random.Next(random.Next(2) == 0 ? 6 : 60),
                };
                return new SimulationFault(host, -1, null, at, host == FaultKind.FullDisk ? random.Next(6000) : random.Next(90), ErrorCode.Success);
            case 2 or > 7:
                FaultKind[] ofOwner = socket ? OfSocket : OfOwner;
                FaultKind own = ofOwner[random.Next(ofOwner.Length)];
                return new SimulationFault(own, owner, null, own == FaultKind.BlockedThread ? BlockedSeconds[random.Next(BlockedSeconds.Length)] : 0, random.Next(90), code);
            default:
                FaultKind kind = InCallback[random.Next(InCallback.Length)];
                OwnerCallKind[] callbacks = restore ? RestoreCallbacks : BackupCallbacks;
                OwnerCallKind callback = kind switch
                {
                    FaultKind.EmptySections or FaultKind.WrongLength or FaultKind.LateWrite => random.Next(3) == 0 ? OwnerCallKind.GetSnapshotData : OwnerCallKind.GetBackupDataSection,
                    FaultKind.WrongSize => OwnerCallKind.GetExpectedDataSize,
                    FaultKind.Nonsense when random.Next(3) > 0 => restore && random.Next(2) == 0 ? OwnerCallKind.PrepareRestore
                        : random.Next(3) == 0 ? OwnerCallKind.Recover : OwnerCallKind.TakeRemarks,
                    _ => callbacks[random.Next(callbacks.Length)],
                };
                int call = random.Next(3) == 0 ? random.Next(4) : 0;
                return new SimulationFault(kind, owner, callback, call, 1 + random.Next(kind == FaultKind.EmptySections ? 14 : 58), code);
        }
    }
}
