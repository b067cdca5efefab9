using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Owners;

namespace Conn.Testing.Simulation;

/// <summary>One owner of a run: its process that comes and goes, its data that stays, and what the simulation knows of both.</summary>
internal sealed class SimulatedOwner(int number, PlannedOwner plan, DataOwnerSubject subject)
{
    public int Number { get; } = number;

    public string Name { get; } = $"owner{number}";

    public SecureId Sid { get; } = new(0x30000001u + (uint)number);

    /// <summary>How it is registered now.</summary>
    public PlannedOwner Plan { get; set; } = plan;

    /// <summary>The drives it is registered with.</summary>
    public DriveList Drives => Subject is ScriptedSubject ? Plan.Drives : Subject.Drives;

    /// <summary>Whether it is registered with increments.</summary>
    public bool SupportsIncremental => Subject is ScriptedSubject ? Plan.SupportsIncremental : Subject.SupportsIncremental;

    public DataOwnerSubject Subject { get; } = subject;

    /// <summary>The version of its data in the present life of the host.</summary>
    public uint Version { get; set; }

    /// <summary>The version in which the present operation began: a crash may bring another one.</summary>
    public uint VersionBefore { get; set; }

    /// <summary>Null when its process is not running.</summary>
    public DataOwnerParticipant? Participant { get; set; }

    /// <summary>The thread of its current process.</summary>
    public HostScheduler? Scheduler { get; set; }

    public bool IsBlocked => Scheduler is { IsBlocked: true };

    /// <summary>The calls of its current process; null for an owner without callbacks.</summary>
    public SimulatedCalls? Calls { get; set; }

    /// <summary>The engine's end of its newest connection.</summary>
    public IOwnerChannel? Channel { get; set; }

    /// <summary>Its newest connection, when owners are connected by a simulated socket.</summary>
    public SimulatedSocket? Socket { get; set; }

    /// <summary>Its connection in the present operation, once it prepared.</summary>
    public ActiveBackupClient? Connection { get; set; }

    /// <summary>True in an operation in which something went wrong with it.</summary>
    public bool Faulted { get; set; }

    /// <summary>True in an operation in which it may well seem silent to the engine.</summary>
    public bool MayTimeOut { get; set; }

    /// <summary>Whether its data changed while the present operation, a backup, ran.</summary>
    public bool HasChangedInside { get; private set; }

    /// <summary>The first failure in the present operation that the schedule did not cause, in words.</summary>
    public string? OwnFailure { get; set; }

    /// <summary>Whether the fault is its own: a call of it failed, or has not returned, and the schedule did nothing to it.</summary>
    public bool HasOwnFault => Subject is not ScriptedSubject && (OwnFailure is not null || Calls?.Inside is not null);

    /// <summary>Why it may have failed although the schedule did nothing to it.</summary>
    public string WhyFailed => OwnFailure ?? (Calls?.Inside is not { } kind ? "none of its calls failed"
        : $"{kind} has not returned. An owner waits only by the clock it is given (no Task.Delay without it), and stays on its scheduler (no Task.Run); if it awaits real work, set RealWork");

    /// <summary>Codes with which it failed in the present operation; the report must name one of them.</summary>
    public List<int> Codes { get; } = [];

    /// <summary>Drives whose last prepared restore is in place.</summary>
    public HashSet<DriveNumber> Placed { get; } = [];

    /// <summary>Drives that it put in place in the present operation, in the restore itself or in the rest of an earlier one.</summary>
    public HashSet<DriveNumber> InPlace { get; } = [];

    /// <summary>Codes with which it failed to take up, or to put in place, what was committed.</summary>
    public List<int> ResumeCodes { get; } = [];

    /// <summary>The owner whose data it was asked for last, as a manager; null when that was its own.</summary>
    public SimulatedOwner? Serves { get; set; }

    public bool CanPrepare => Subject.Client.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) is not null;

    /// <summary>Every token of a prepared restore that it has returned, in hexadecimal digits.</summary>
    public HashSet<string> Tokens { get; } = [];

    /// <summary>True while its preparation runs.</summary>
    public bool IsPreparing { get; set; }

    /// <summary>True when its process must be replaced before the next operation: it hangs, or died.</summary>
    public bool MustRestart { get; set; }

    /// <summary>When it failed by itself, outside of a call, in the present operation: a call that was made then is given up, and may arrive all the
    /// same.</summary>
    public TimeSpan? FailedItselfAt { get; set; }

    /// <summary>Whether a Terminate arrived in the present operation, and no Begin after it.</summary>
    public bool IsTerminated { get; set; }

    /// <summary>The number of times it was terminated.</summary>
    public int Terminations { get; set; }

    /// <summary>Set while a Terminate must follow as soon as the call that runs has returned: the number of terminations before it.</summary>
    public int? TerminateDue { get; set; }

    /// <summary>The buffers that it keeps; null when it keeps none.</summary>
    public KeptBuffers? Buffers { get; set; }

    /// <summary>What its error handler was given.</summary>
    public List<Exception> Reported { get; } = [];

    /// <summary>Whether it was given data in the present restore, its own or that of owners it serves.</summary>
    public bool HasTakenData => Streams.Values.Any(s => s.Given.Count > 0);

    /// <summary>Whether it was supplied with a snapshot, and has not begun again since.</summary>
    public bool HasOldSnapshot => Streams.Values.Any(s => s.OldSnapshot is not null);

    /// <summary>What passed in the present operation.</summary>
    public Dictionary<DriveKey, StreamRecord> Streams { get; } = [];

    /// <summary>All data its process keeps: its own, drive by drive, and that of the owners it serves.</summary>
    public List<DriveKey> Places { get; } = [];

    /// <summary>The data as it must be, place by place.</summary>
    public Dictionary<DriveKey, string> Images { get; } = [];

    /// <summary>The set its next increment continues, as it must be.</summary>
    public string? Parent { get; set; }

    /// <summary>What its data may yet become: a committed restore that the engine gave up waiting for.</summary>
    public IReadOnlyDictionary<DriveKey, string>? Late { get; set; }

    /// <summary>The number of the newest record by which a restore waits for it.</summary>
    public long PendingRecord { get; set; }

    /// <summary>Whether it was scripted to say that what it had staged of the restore that waits is gone, and no report closed that restore.</summary>
    public bool HasSaidGone { get; set; }

    /// <summary>Whether the storage failed while the record of the restore that waits was written, so that a loss of power may take the record away.</summary>
    public bool IsPendingUncertain { get; set; }

    /// <summary>Whether the restore that waits was in place already after an operation, and that could not be recorded.</summary>
    public bool WasPendingPlaced { get; set; }

    /// <summary>Whether every drive of the restore that waits was put in place by the operation that committed it: only the record of that is missing.</summary>
    public bool IsPendingInPlace { get; set; }

    /// <summary>What its data becomes when a committed restore is rolled forward; null when none waits.</summary>
    public IReadOnlyDictionary<DriveKey, string>? Pending { get; set; }

    /// <summary>It fails now, with this code.</summary>
    /// <returns>The owner.</returns>
    public SimulatedOwner Fails(ErrorCode code)
    {
        Faulted = true;
        Codes.Add(code.Value);
        return this;
    }

    /// <summary>From now on it may seem silent to the engine.</summary>
    /// <returns>The owner.</returns>
    public SimulatedOwner MaySeemSilent()
    {
        Faulted = MayTimeOut = true;
        return this;
    }

    /// <summary>Another operation begins.</summary>
    public void Forget()
    {
        // A call or a preparation of an operation that is over may still run, and keeps the owner from the next one.
        Faulted = MayTimeOut = IsPreparing || Calls is { IsInside: true };
        Codes.Clear();
        InPlace.Clear();
        ResumeCodes.Clear();
        VersionBefore = Version;
        Streams.Clear();
        Connection = null;
        OwnFailure = null;
        HasChangedInside = false;
        (IsTerminated, TerminateDue, Serves, Buffers, FailedItselfAt) = (false, null, null, null, null);
        Reported.Clear();
    }

    public StreamRecord Stream(DriveKey place)
    {
        if (!Streams.TryGetValue(place, out StreamRecord? record))
        {
            Streams[place] = record = new StreamRecord();
        }

        return record;
    }

    public StreamRecord Stream(DriveNumber drive) => Stream(new DriveKey(drive));

    /// <summary>Records what a call of the current operation handed over, took, or refused.</summary>
    public void Record(in OwnerCall call, in OwnerCallResult result, CallEnding ending)
    {
        if (result.Failure is { } failure)
        {
            RecordFailure(call, failure, ending);
            return;
        }

        switch (call.Kind)
        {
            case OwnerCallKind.ReceiveSnapshotData:
                Stream(call.Key).TakeSnapshot(call.Section.Span, call.Last, old: true);
                break;
            case OwnerCallKind.GetSnapshotData when result.Section.Bytes >= 0 && result.Section.Bytes <= call.Buffer.Length:
                Stream(call.Key).TakeSnapshot(call.Buffer.Span[..result.Section.Bytes], result.Section.Finished, old: false);
                break;
            case OwnerCallKind.GetBackupDataSection when result.Section.Bytes >= 0 && result.Section.Bytes <= call.Buffer.Length:
                Stream(call.Key).Take(call.Buffer.Span[..result.Section.Bytes], result.Section.Finished, restore: false);
                break;
            case OwnerCallKind.RestoreBaseDataSection or OwnerCallKind.RestoreIncrementDataSection:
                Stream(call.Key).Take(call.Section.Span, call.Last, restore: true);
                break;
            case OwnerCallKind.InitialiseGetBackupData or OwnerCallKind.InitialiseGetProxyBackupData or OwnerCallKind.InitialiseRestoreBaseData
                or OwnerCallKind.InitialiseRestoreIncrementData or OwnerCallKind.InitialiseRestoreProxyBaseData:
                Stream(call.Key).Begin();
                break;
            case OwnerCallKind.PrepareRestore:
                Tokens.Add(Convert.ToHexString(result.Token.Span));
                Placed.Remove(call.Drive);
                break;
            case OwnerCallKind.RestoreComplete:
                InPlace.Add(call.Drive);
                Placed.Add(call.Drive);
                break;
            case OwnerCallKind.Begin:
                foreach (StreamRecord stream in Streams.Values)
                {
                    stream.Forget();
                }

                break;
            default:
                break;
        }
    }

    private void RecordFailure(in OwnerCall call, OwnerCallFailure failure, CallEnding ending)
    {
        switch (call.Kind)
        {
            case OwnerCallKind.RestoreComplete or OwnerCallKind.ResumeRestore:
                ResumeCodes.Add(failure.Code.Value);
                break;
            case OwnerCallKind.ReceiveSnapshotData when ending == CallEnding.SnapshotRefused:
                Stream(call.Key).OldSnapshot = null;
                Stream(call.Key).IsOldSnapshotRefused = true;
                break;
            case OwnerCallKind.GetSnapshotData:
                Stream(call.Key).Snapshot = null;
                break;
            default:
                break;
        }
    }

    /// <summary>From now on it keeps data of another owner.</summary>
    public void Keep(SimulatedOwner served)
    {
        foreach (DriveNumber drive in SimulationPlan.Drives)
        {
            Places.Add(new DriveKey(drive, served.Sid));
            ((ScriptedSubject)Subject).ChangeKept(served.Sid, drive, Number);
        }
    }

    /// <summary>Its data of one owner, itself or one it serves, changes, or goes.</summary>
    public void Change(SimulatedOwner whose, int? seed)
    {
        if (whose == this)
        {
            if (seed is { } number)
            {
                Subject.Change(number);
            }
            else
            {
                Subject.Clear();
            }
        }

        foreach (DriveKey place in Places.Where(p => p.IsProxied && p.ProxiedOwner == whose.Sid))
        {
            ((ScriptedSubject)Subject).ChangeKept(place.ProxiedOwner, place.Drive, seed);
        }

        Expect(Look());
        // A committed restore that waits is in place, or the data would not change: it is what was changed that must stay.
        Pending = Pending?.Keys.ToDictionary(p => p, p => Images[p]);
    }

    /// <summary>Its own data changes while a backup runs.</summary>
    public void ChangeInside(int seed)
    {
        HasChangedInside = true;
        if (seed % 3 == 0)
        {
            Subject.ChangeInPlace(seed);
        }
        else
        {
            Subject.Change(seed);
        }

        Expect(Look());
    }

    /// <summary>Looks at the data.</summary>
    public Dictionary<DriveKey, string> Look() => Places.ToDictionary(p => p,
        p => p.IsProxied ? ((ScriptedSubject)Subject).ImageOfKept(p.ProxiedOwner, p.Drive) : Subject.Image(p.Drive));

    public void Expect(IReadOnlyDictionary<DriveKey, string> images)
    {
        foreach ((DriveKey place, string image) in images)
        {
            Images[place] = image;
        }
    }
}
