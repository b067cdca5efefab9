using System.Reactive.Concurrency;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Reports;
using Conn.PubSub;

namespace Conn.Testing.Simulation;

/// <summary>What goes wrong, when the schedule says so. A fault counts when it really happens.</summary>
internal sealed partial class SimulationRun
{
    private static readonly TimeSpan SlowStep = TimeSpan.FromSeconds(50);

    /// <summary>A call arrived. Gives the fault that is due in it, or null.</summary>
    public SimulationFault? Enter(SimulatedOwner owner, OwnerCall made, OwnerCallKind? inside)
    {
        OwnerCallKind kind = made.Kind;
        DriveKey? place = OwnerCallRules.Of(kind).Span is CallSpan.Drive or CallSpan.WholeDrive ? made.Key : null;
        int bytes = made.Buffer.Length + made.Section.Length;
        Counts.Callbacks++;
        _trace.Add(owner.Number, (int)kind, ((long)bytes << 16) | ((place?.ProxiedOwner.Value ?? 0) & 0xFF) << 8 | (uint)(place?.Drive.Index ?? 99),
            () => $"{kind}{(place is { } p ? $" {p}" : "")} {bytes}");
        if (inside is { } other)
        {
            Violated(Invariant.Serialised, $"{kind} of {owner.Name} while its {other} still runs");
        }

        CheckCall(owner, kind, place);
        int call = _calls.GetValueOrDefault((owner.Number, kind));
        _calls[(owner.Number, kind)] = call + 1;
        return _going ? _operation.Faults.FirstOrDefault(f => f.Owner == owner.Number && f.Callback == kind
            && (f.At == call || (f.Kind == FaultKind.EmptySections && call >= f.At && call < f.At + f.Amount))) : null;
    }

    /// <summary>Calls the owner itself; real work stops the clock.</summary>
    public async ValueTask<OwnerCallResult> InnerAsync(SimulatedOwner owner, Func<ValueTask<OwnerCallResult>> call) => _options.RealWork && owner.Number == 0
        ? await _time.RealAsync(async () => await call())
        : await call();

    /// <summary>Does what a fault says, before the callback's work.</summary>
    public async ValueTask ApplyAsync(SimulatedOwner owner, SimulationFault fault, CancellationToken token)
    {
        if (fault.Kind == FaultKind.DisposeInside && owner.Connection is null)
        {
            return;
        }

        Counts.Met(fault.Kind);
        _trace.Add($"{fault}");

        if (fault.Callback == OwnerCallKind.TerminateMultiStageOperation && fault.Kind is FaultKind.Delay or FaultKind.SlowWithProgress)
        {
            // It may keep the owner from what comes next.
            Silent(owner);
        }

        // An owner that cannot let go is broken until it is started anew.
        owner.MustRestart |= fault.Callback == OwnerCallKind.TerminateMultiStageOperation && fault.Kind is FaultKind.Leave or FaultKind.Throw or FaultKind.ThrowRefusal;
        switch (fault.Kind)
        {
            case FaultKind.Delay:
                await _time.DelayAsync(TimeSpan.FromSeconds(fault.Amount), CancellationToken.None);
                break;
            case FaultKind.SlowWithProgress:
                for (int i = 0; i < 3; i++)
                {
                    await _time.DelayAsync(SlowStep, CancellationToken.None);
                    owner.Participant?.ReportProgress();
                }

                break;
            case FaultKind.Hang:
                Silent(owner).MustRestart = true;
                await new TaskCompletionSource().Task;
                break;
            case FaultKind.HangUntilCancelled:
                Silent(owner).MustRestart |= !token.CanBeCanceled;
                await CancelledAsync(token);
                break;
            case FaultKind.LateReturn:
                Silent(owner);
                await _time.DelayAsync(TimeSpan.FromSeconds(61 + fault.Amount), CancellationToken.None);
                break;
            case FaultKind.Leave:
                Failing(owner, fault.Code);
                if (fault.Amount <= 45 || fault.Callback == OwnerCallKind.TerminateMultiStageOperation)
                {
                    throw new ConnException(fault.Code, $"scripted to fail with {fault.Code}");
                }

                break;
            case FaultKind.Throw:
                Failing(owner, ErrorCode.General);
                throw new InvalidOperationException("scripted to throw");
            case FaultKind.ThrowRefusal:
                Failing(owner, ErrorCode.NotReady);
                throw new IllegalEventException("machine", owner.Name, "state", "event", []);
            case FaultKind.DieInside:
                // A death while an earlier restore is resumed is over when the operation itself waits for the owner and hears nothing.
                Failing(owner, ErrorCode.ServerTerminated).MayTimeOut |= owner.Pending is not null;
                Kill(owner);
                break;
            case FaultKind.DisposeInside:
                Failing(owner, ErrorCode.ServerTerminated).MustRestart = true;
                await owner.Connection!.DisposeAsync();
                break;
            case FaultKind.EmptySections when _operation.Faults.Where(f => f.Kind == FaultKind.EmptySections && f.Owner == owner.Number).Sum(f => f.Amount) > 8:
                Silent(owner);
                break;
            case FaultKind.WrongLength:
                Failing(owner, ErrorCode.BadDescriptor);
                break;
            case FaultKind.ReEnter:
                await ReEnterAsync(owner);
                break;
            default:
                break;
        }
    }

    /// <summary>The engine reported a step: what is due at it happens now, in the engine's loop.</summary>
    public void Progressed(OperationProgress progress)
    {
        _trace.Add(-2, (int)progress.Phase, progress.Bytes, () => $"step {progress.Phase} {progress.Owner}");
        if (!_going)
        {
            return;
        }

        CheckStep(progress);
        _committed |= progress.Phase == OperationPhase.Committed;
        _left = progress.Phase == OperationPhase.Normal || (_left && progress.Phase != OperationPhase.ModeEntered);
        int step = _steps++;
        foreach (SimulationFault fault in _operation.Faults)
        {
            if (fault.Kind == FaultKind.DieBetween && fault.Amount % 40 == step)
            {
                // In a turn of its own: the owner is not in the engine's loop.
                _time.Scheduler.Schedule(() =>
                {
                    SimulatedOwner owner = _owners[fault.Owner];
                    if (_going && owner.Participant is not null)
                    {
                        Counts.Met(fault.Kind);
                        Failing(owner, ErrorCode.ServerTerminated).MayTimeOut = true;
                        Kill(owner);
                    }
                });
            }
            else if (fault.At == step && fault.Owner < 0)
            {
                HostFault(fault);
            }
        }
    }

    private async Task ArmOwnerAsync(SimulatedOwner owner, SimulationFault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Absent:
                Counts.Met(fault.Kind);
                Silent(owner);
                Kill(owner);
                break;
            case FaultKind.ConnectLate:
                Counts.Met(fault.Kind);
                owner.Faulted |= fault.Amount > 55;
                owner.MayTimeOut |= fault.Amount > 55;
                Kill(owner);
                await owner.Subject.ReopenAsync();
                _ = LaterAsync(_host, owner, fault.Amount);
                break;
            default:
                break;
        }
    }

    private async Task LaterAsync(SimulatedHost host, SimulatedOwner owner, int seconds)
    {
        int operation = _number;
        await _time.DelayAsync(TimeSpan.FromSeconds(seconds));

        // In a later operation it is started like every process that is gone, without what its last one held.
        if (owner.Participant is null && operation == _number && ReferenceEquals(host, _host) && !host.Scheduler.IsDead)
        {
            StartOwner(owner);
        }
    }

    private async ValueTask<ErrorCode> PrepareAsync(SimulatedOwner owner, ActiveBackupClient client, CancellationToken token)
    {
        owner.Connection = client;
        foreach (SimulationFault fault in _going ? _operation.Faults.Where(f => f.Owner == owner.Number && f.Callback is null).ToArray() : [])
        {
            switch (fault.Kind)
            {
                case FaultKind.Veto:
                    Counts.Met(fault.Kind);
                    Failing(owner, fault.Code);
                    return fault.Code;
                case FaultKind.PrepareThrows:
                    Counts.Met(fault.Kind);
                    Failing(owner, fault.Amount % 2 == 0 ? fault.Code : ErrorCode.General);
                    throw fault.Amount % 2 == 0 ? new ConnException(fault.Code, "scripted") : new InvalidOperationException("scripted");
                case FaultKind.PrepareSlow:
                    Counts.Met(fault.Kind);
                    bool late = fault.Amount > 55 || _operation.Faults.Any(f => f.Owner == owner.Number && f != fault && f.Kind is FaultKind.ConnectLate or FaultKind.PrepareSlow);
                    owner.Faulted |= late;
                    owner.MayTimeOut |= late;
                    owner.IsPreparing = true;
                    await _time.DelayAsync(TimeSpan.FromSeconds(fault.Amount), token);
                    owner.IsPreparing = false;
                    break;
                case FaultKind.PrepareHangs:
                    Counts.Met(fault.Kind);
                    Silent(owner).MustRestart = true;
                    await new TaskCompletionSource().Task;
                    break;
                default:
                    break;
            }
        }

        return ErrorCode.None;
    }

    private async Task ReEnterAsync(SimulatedOwner owner)
    {
        if (owner.Connection is not { Ended.IsCompleted: false } connection)
        {
            return;
        }

        try
        {
            BurModeInfo info = await connection.BurModeInfoAsync(CancellationToken.None);
            if (info.Mode.IsIdle || !await connection.DoesPartialBurAffectMeAsync(CancellationToken.None))
            {
                Violated(Invariant.CurrentMode, $"inside a callback {owner.Name} is told {info}, and that it does not take part");
            }

            await connection.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);
        }
        catch (ConnException e) when (e is IllegalEventException || e.Code == ErrorCode.ServerTerminated)
        {
            _trace.Add($"{owner.Name} may not confirm: {e.Code}");
        }
    }

    private static async Task CancelledAsync(CancellationToken token)
    {
        TaskCompletionSource cancelled = new();
        using CancellationTokenRegistration registration = token.Register(static s => ((TaskCompletionSource)s!).TrySetResult(), cancelled);
        await cancelled.Task;
        token.ThrowIfCancellationRequested();
    }

    private static SimulatedOwner Silent(SimulatedOwner owner)
    {
        owner.Faulted = owner.MayTimeOut = true;
        return owner;
    }

    private static SimulatedOwner Failing(SimulatedOwner owner, ErrorCode code)
    {
        owner.Faulted = true;
        owner.Codes.Add(code.Value);
        return owner;
    }
}
