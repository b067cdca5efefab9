using System.Reactive.Concurrency;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Machines;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>The faults that happen inside a call. A fault counts when it really happens.</summary>
internal sealed class CallFaults(SimulationRun run)
{
    private const int HourOfSteps = 72;

    private static readonly TimeSpan SlowStep = TimeSpan.FromSeconds(50);

    private PlannedOperation Plan => run.Current.Plan;

    /// <summary>A call arrived. Gives the fault that is due in it, or null.</summary>
    public SimulationFault? Enter(SimulatedOwner owner, OwnerCall made, OwnerCallKind? inside)
    {
        OwnerCallKind kind = made.Kind;
        DriveKey? place = OwnerCallRules.Of(kind).Span is CallSpan.Drive or CallSpan.WholeDrive ? made.Key : null;
        int bytes = made.Buffer.Length + made.Section.Length;
        run.Counts.Callbacks++;
        run.Trace.Add(owner.Number, (int)kind, ((long)bytes << 16) | ((place?.ProxiedOwner.Value ?? 0) & 0xFF) << 8 | (uint)(place?.Drive.Index ?? 99),
            () => $"{kind}{(place is { } p ? $" {p}" : "")} {bytes}");
        if (inside is { } other)
        {
            run.Violated(Invariant.Serialised, $"{kind} of {owner.Name} while its {other} still runs");
        }

        run.CallChecks.Arrived(owner, kind, place);
        run.FailureChecks.Arrived(owner, made);
        run.PendingChecks.CheckToken(owner, made);
        owner.Serves = kind switch
        {
            OwnerCallKind.InitialiseGetProxyBackupData => run.Owners.Single(o => o.Sid == made.ProxiedOwner),
            OwnerCallKind.InitialiseGetBackupData => null,
            _ => owner.Serves,
        };
        if (owner.Buffers?.Arrived(made.Buffer) == true)
        {
            run.Counts.Met(FaultKind.LateWrite);
        }

        int call = run.Current.Calls.GetValueOrDefault((owner.Number, kind));
        run.Current.Calls[(owner.Number, kind)] = call + 1;
        return run.Current.IsRunning ? Plan.Faults.FirstOrDefault(f => f.Owner == owner.Number && f.Callback == kind
            && (f.At == call || (f.Kind == FaultKind.EmptySections && call >= f.At && call < f.At + f.Amount))) : null;
    }

    /// <summary>Does what a fault says, before the call's work.</summary>
    public async ValueTask ApplyAsync(SimulatedOwner owner, SimulationFault fault, OwnerCall call, CancellationToken token)
    {
        if (fault.Kind == FaultKind.DisposeInside && owner.Connection is null)
        {
            return;
        }

        run.Trace.Add($"{fault}");
        if (fault.Kind == FaultKind.LateWrite)
        {
            (owner.Buffers ??= new KeptBuffers()).Arrived(call.Buffer);
            return;
        }

        run.Met(fault);

        if (fault.Callback == OwnerCallKind.TerminateMultiStageOperation && fault.Kind is FaultKind.Delay or FaultKind.SlowWithProgress)
        {
            // It may keep the owner from what comes next.
            owner.MaySeemSilent();
        }

        // An owner that cannot be terminated is broken until its process is replaced.
        owner.MustRestart |= fault.Callback == OwnerCallKind.TerminateMultiStageOperation && fault.Kind is FaultKind.Leave or FaultKind.Throw or FaultKind.ThrowRefusal or FaultKind.Nonsense;
        switch (fault.Kind)
        {
            case FaultKind.Delay:
                await run.Time.DelayAsync(TimeSpan.FromSeconds(fault.Amount), CancellationToken.None);
                break;
            case FaultKind.SlowWithProgress:
                for (int i = 0; i < (fault.Amount % 8 == 0 ? HourOfSteps : 3); i++)
                {
                    await run.Time.DelayAsync(SlowStep, CancellationToken.None);
                    owner.Participant?.ReportProgress();
                }

                break;
            case FaultKind.Hang:
                owner.MaySeemSilent().MustRestart = true;
                await new TaskCompletionSource().Task;
                break;
            case FaultKind.HangUntilCancelled:
                owner.MaySeemSilent().MustRestart |= !token.CanBeCanceled;
                await CancelledAsync(token);
                break;
            case FaultKind.LateReturn:
                owner.MaySeemSilent();
                await run.Time.DelayAsync(TimeSpan.FromSeconds(61 + fault.Amount), CancellationToken.None);
                break;
            case FaultKind.Leave:
                owner.Fails(fault.Code);
                if (fault.Amount <= 45 || fault.Callback == OwnerCallKind.TerminateMultiStageOperation)
                {
                    throw new ConnException(fault.Code, $"scripted to fail with {fault.Code}");
                }

                break;
            case FaultKind.Throw:
                owner.Fails(ErrorCode.General);
                throw new InvalidOperationException("scripted to throw");
            case FaultKind.ThrowRefusal:
                owner.Fails(ErrorCode.NotReady);
                throw new IllegalEventException("machine", owner.Name, "state", "event", []);
            case FaultKind.DieInside:
                // A death while an earlier restore is rolled forward is over when the operation itself waits for the owner and hears nothing.
                owner.Fails(ErrorCode.ServerTerminated).MayTimeOut |= owner.Pending is not null;
                run.FailureChecks.Closing(owner, "its death");
                run.Processes.Kill(owner);
                break;
            case FaultKind.DisposeInside:
                owner.Fails(ErrorCode.ServerTerminated).MustRestart = true;
                run.FailureChecks.Closing(owner, "closing its connection");
                await owner.Connection!.DisposeAsync();
                break;
            case FaultKind.EmptySections when Plan.Faults.Where(f => f.Kind == FaultKind.EmptySections && f.Owner == owner.Number).Sum(f => f.Amount) > 8:
                owner.MaySeemSilent();
                break;
            case FaultKind.WrongLength:
                owner.Fails(ErrorCode.BadDescriptor);
                break;
            case FaultKind.Nonsense when Nonsense.CodeOf(fault) is { IsSuccess: false } code:
                owner.Fails(code);
                break;
            case FaultKind.AsyncVoid:
                ThrowLater(owner, fault.Amount);
                break;
            case FaultKind.ReEnter:
                await ReEnterAsync(owner);
                break;
            default:
                break;
        }
    }

    /// <summary>An async void method of the owner's: nothing can wait for it, and what it throws comes to the context in which it began.</summary>
    private async void ThrowLater(SimulatedOwner owner, int amount)
    {
        (SimulatedCalls? calls, DataOwnerParticipant? participant) = (owner.Calls, owner.Participant);
        TaskCompletionSource due = new();
        run.Time.Scheduler.Schedule((amount % 4) switch
        {
            0 => TimeSpan.FromTicks(amount),
            1 => TimeSpan.FromTicks(20 * amount),
            2 => TimeSpan.FromSeconds(amount),
            _ => TimeSpan.FromSeconds(61 + (3 * amount)),
        }, due.SetResult);
        await due.Task;
        await (owner.Scheduler?.WhenFree ?? Task.CompletedTask);
        if (calls is null or { IsDead: true } || owner.Participant != participant || run.IsDead || run.Host.Scheduler.IsDead)
        {
            return;
        }

        run.Trace.Add($"an async void method of {owner.Name} throws");
        if (owner.Connection is { Ended.IsCompleted: false })
        {
            run.FailureChecks.Fails(owner, ErrorCode.General, "an async void method");
        }

        InvalidOperationException thrown = new("scripted to throw out of an async void method");
        run.Time.Scheduler.Schedule(() =>
        {
            if (!owner.Reported.Contains(thrown) && !run.IsDead)
            {
                run.Violated(Invariant.Told, $"an async void method of {owner.Name} has thrown, and its error handler was not called");
            }
        });
        throw thrown;
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
                run.Violated(Invariant.CurrentMode, $"inside a call {owner.Name} is answered {info}, and that it does not take part");
            }

            await connection.ConfirmReadyForBurAsync(ErrorCode.Success, CancellationToken.None);
        }
        catch (ConnException e) when (e.Code == ErrorCode.NotReady || e.Code == ErrorCode.ServerTerminated)
        {
            run.Trace.Add($"{owner.Name} may not confirm: {e.Code}");
        }
    }

    private static async Task CancelledAsync(CancellationToken token)
    {
        TaskCompletionSource cancelled = new();
        using CancellationTokenRegistration registration = token.Register(static s => ((TaskCompletionSource)s!).TrySetResult(), cancelled);
        await cancelled.Task;
        token.ThrowIfCancellationRequested();
    }
}
