using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>What must follow from a failure, and when: it is reported with its code, the owner is terminated, and what depends on it fails, all at
/// once.</summary>
internal sealed class FailureChecks(SimulationRun run)
{
    // A Terminate is waited for 5 s; the scheduler counts every turn as a tick.
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(5.01);

    private SimulatedOperation? _planned;

    /// <summary>The present time between two Normals; null in Normal.</summary>
    public SimulatedSpan? Span { get; private set; }

    /// <summary>The last span of the present operation itself; null when its mode was never entered.</summary>
    public SimulatedSpan? Main { get; private set; }

    /// <summary>Whether the present operation itself is planned, so that the next mode is its own.</summary>
    public bool HasPlanned => _planned is not null;

    private OwnerTies Ties => run.Ties;

    /// <summary>An operation begins.</summary>
    public void Begin()
    {
        (_planned, Span, Main) = (null, null, null);
        run.Deadlines.Begin();
    }

    /// <summary>The engine reported a step.</summary>
    public void Progressed(OperationProgress progress)
    {
        SimulatedOwner? owner = progress.Owner is { } name ? run.Owners.Single(o => o.Name == name) : null;
        switch (progress.Phase)
        {
            case OperationPhase.Planned:
                _planned = run.Current;
                break;
            case OperationPhase.ModeEntered:
                Span = new SimulatedSpan(run.Current, IsResume: _planned is null);
                Main = _planned is null ? null : Span;
                break;
            case OperationPhase.OwnerFailed when Span is { } span:
                Failed(span, owner!, progress.Error);
                break;
            case OperationPhase.OwnerFinished or OperationPhase.OwnerCompleted when Span is { } span:
                span.Finished.Add(owner!);
                span.Completed.Add(owner!);
                FinishHelpers(span);
                break;
            case OperationPhase.OwnerReady when Span is { } span:
                span.Ready.Add(owner!);
                break;
            case OperationPhase.Prepared when Span is { } span:
                span.ReportedPrepared.Add(owner!);
                FindCommit(span);
                break;
            case OperationPhase.Committed when Span is { } span:
                span.CommittedAt = run.Time.Elapsed;
                break;
            case OperationPhase.Normal when Span is { } span:
                span.IsOver = true;
                Span = null;
                if (span.StoppedAt is { } stopped && !run.Current.Has(FaultKind.Abort) && run.Time.Elapsed - stopped > StopBound)
                {
                    run.Violated(Invariant.AlwaysNormal, $"the way to Normal took {(run.Time.Elapsed - stopped).TotalSeconds:0.###} s after the restore became useless");
                }

                break;
            default:
                break;
        }
    }

    /// <summary>A call arrived at an owner.</summary>
    public void Arrived(SimulatedOwner owner, OwnerCall call)
    {
        owner.IsTerminated = call.Kind == OwnerCallKind.TerminateMultiStageOperation || (owner.IsTerminated && call.Kind != OwnerCallKind.Begin);
        if (call.Kind == OwnerCallKind.TerminateMultiStageOperation)
        {
            owner.Terminations++;
            return;
        }

        if (Span is not { } span)
        {
            return;
        }

        if (call.Kind == OwnerCallKind.Begin)
        {
            span.Begun.Add(owner);
        }
        else if (call.Kind == OwnerCallKind.Recover)
        {
            Recovering(owner, span);
        }
        else if (call.Kind is OwnerCallKind.TakeRemarks or OwnerCallKind.GetDataChecksum && span.CommittedAt is not null)
        {
            span.Finished.Add(owner);
        }
        else if (call.Kind == OwnerCallKind.InitialiseRestoreProxyBaseData)
        {
            span.Kept.Add((owner, run.Owners.Single(o => o.Sid == call.ProxiedOwner)));
        }

        if (span.StoppedAt is { } stopped && run.Time.Elapsed - stopped > Deadlines.AtOnce && !run.Host.EngineScheduler.IsDead && !(call.Kind == OwnerCallKind.Recover && owner.IsTerminated))
        {
            run.Violated(Invariant.AtOnce, $"{call.Kind} of {owner.Name} {(run.Time.Elapsed - stopped).TotalSeconds:0.###} s after the restore became useless");
        }
    }

    /// <summary>A call of an owner has ended with a failure.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="call">The call.</param>
    /// <param name="code">The code of the failure.</param>
    /// <param name="span">The span in which the call arrived.</param>
    public void Returned(SimulatedOwner owner, OwnerCall call, ErrorCode code, SimulatedSpan? span)
    {
        if (span is null || span != Span || !span.Begun.Contains(owner) || owner.IsTerminated)
        {
            return;
        }

        if (FailureRules.EndsPart(owner, call, code, span))
        {
            Expect(owner, code, $"its {call.Kind}");
        }
        else if (call.Kind is OwnerCallKind.TakeRemarks or OwnerCallKind.GetDataChecksum)
        {
            span.FailedLater.Add(owner);
        }
    }

    /// <summary>The connection of an owner closes now; before the engine has begun with it, another connection may follow.</summary>
    public void Closing(SimulatedOwner owner, string how)
    {
        if (Span?.Begun.Contains(owner) == true)
        {
            Expect(owner, ErrorCode.ServerTerminated, how);
        }
    }

    /// <summary>An owner has failed by itself now, outside of a call: its part ends with this code, unless it is finished.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="code">The code.</param>
    /// <param name="how">What happened, for the violation.</param>
    public void Fails(SimulatedOwner owner, ErrorCode code, string how)
    {
        if (Span is not { } span || !run.Current.IsRunning || span.Failed.ContainsKey(owner) || !(TakesPart(owner, span) || (span.IsResume && owner.Pending is not null)))
        {
            return;
        }

        owner.FailedItselfAt = run.Time.Elapsed;
        if (!span.Finished.Contains(owner))
        {
            // After an abort its part has ended, and the failure may be reported all the same.
            owner.Fails(code);
            Expect(owner, code, how);
        }
        else if (span.CommittedAt is not null && !span.Completed.Contains(owner))
        {
            // Its data is in place; what it is asked after that may fail.
            owner.Faulted = true;
        }
    }

    /// <summary>An owner has failed by itself now: the engine must report it at once, unless its part is finished.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="code">The code.</param>
    /// <param name="how">What happened, for the violation.</param>
    public void Expect(SimulatedOwner owner, ErrorCode code, string how)
    {
        if (Span is not { } span || !run.Current.IsRunning || !TakesPart(owner, span) || IsSettled(owner, span))
        {
            return;
        }

        TimeSpan failed = run.Time.Elapsed;
        bool failedItself = owner.FailedItselfAt == failed;
        run.Deadlines.Soon(() =>
        {
            if (failedItself && owner.FailedItselfAt is null)
            {
                // The session had ended at the engine, which was not told.
                return;
            }

            if (owner.Socket is { IsUnnoticed: true } || (owner.Socket is { IsCut: true } && !span.Begun.Contains(owner)))
            {
                // The engine cannot be told; and until it has begun with the owner, another connection may follow.
                return;
            }

            if (!IsSettled(owner, span))
            {
                run.Deadlines.Missed($"{owner.Name} failed with {code} in {how}, and that is not reported {Deadlines.AtOnce.TotalMilliseconds} ms later");
            }
            else if (span.Failed.TryGetValue(owner, out (TimeSpan At, ErrorCode Code) reported) && reported.At >= failed && reported.Code != code
                && !Ties.Joined(owner).Any(o => o != owner && o.Codes.Contains(reported.Code.Value)) && owner.Codes.Distinct().Count() < 2
                && !(owner.MayTimeOut && reported.Code == ErrorCode.TimedOut) && !(owner.Socket is { IsCut: true } && reported.Code == ErrorCode.ServerTerminated))
            {
                run.Violated(Invariant.Told, $"{owner.Name} failed with {code} in {how}, and is reported with {reported.Code}");
            }
        });
    }

    /// <summary>An owner was reported as failed: it is terminated at once, and what depends on it fails at once.</summary>
    private void Failed(SimulatedSpan span, SimulatedOwner owner, ErrorCode code)
    {
        TimeSpan now = run.Time.Elapsed;
        if (!span.Failed.TryAdd(owner, (now, code)))
        {
            run.Violated(Invariant.Told, $"{owner.Name} is reported as failed a second time, with {code}");
        }

        if (!run.ReportChecks.IsExplained(owner, code, span.IsResume))
        {
            run.Violated(owner.HasOwnFault ? Invariant.OwnFault : Invariant.Contained, $"{owner.Name} failed with {code}, and the schedule did nothing to it: {owner.WhyFailed}");
        }

        if (owner.Calls is { } calls && span.Begun.Contains(owner))
        {
            run.TerminationChecks.Expect(owner, calls, owner.IsTerminated ? owner.Terminations - 1 : owner.Terminations);
        }

        if (span.CommittedAt is null && (!span.IsCommitTried || Ties.Joined(owner).Any(o => o != owner && span.FailedBeforeCommit.Contains(o))))
        {
            span.FailedBeforeCommit.Add(owner);
        }

        if (span.IsResume || span.IsCommitTried || span.CommittedAt is not null)
        {
            return;
        }

        foreach (SimulatedOwner other in Dependents(span, owner))
        {
            run.Deadlines.Soon(() =>
            {
                if (!IsSettled(other, span))
                {
                    run.Deadlines.Missed($"{owner.Name} failed, and {other.Name}, which a manager joins with it, goes on");
                }
            });
        }

        if (run.Current.Plan.IsRestore && ((Ties.Named().Contains(owner) && owner.Plan.Policy == OwnerPolicy.Required) || Ties.Named().All(span.Failed.ContainsKey)))
        {
            span.StoppedAt ??= now;
        }

        FindCommit(span);
    }

    /// <summary>Whether the engine commits now: every owner has prepared or failed, and the restore is not useless.</summary>
    private void FindCommit(SimulatedSpan span) => span.IsCommitTried |= span is { IsResume: false, StoppedAt: null, ReportedPrepared.Count: > 0 }
        && run.Owners.TrueForAll(o => span.ReportedPrepared.Contains(o) || span.Failed.ContainsKey(o) || run.PlanChecks.IsLeftOut(o) || Ties.IsNeverBegun(o, span)
            || !(Ties.Named().Contains(o) || Ties.IsHelper(o)));

    /// <summary>What an owner has prepared is dropped only when the restore is known not to be committed.</summary>
    private void Recovering(SimulatedOwner owner, SimulatedSpan span)
    {
        span.Prepared.Remove(owner);
        if (span.CommittedAt is not null && !span.FailedBeforeCommit.Contains(owner))
        {
            run.Violated(Invariant.AllOrNothing, $"{owner.Name} is called to remove what it has prepared, and the restore is committed");
        }
    }

    /// <summary>The owners that must fail with an owner: those it serves, and in a restore the managers that were given data of it.</summary>
    private IEnumerable<SimulatedOwner> Dependents(SimulatedSpan span, SimulatedOwner owner) => Ties.Named().Where(o => o.Plan.Managers.Contains(owner.Number) && !run.PlanChecks.IsLeftOut(o))
        .Concat(run.Current.Plan.IsRestore ? span.Kept.Where(k => k.Owner == owner).Select(k => k.Manager) : []);

    /// <summary>Whether the engine has a run of the owner in this span. Before it begins with an owner only the operation's own plan says so.</summary>
    private bool TakesPart(SimulatedOwner owner, SimulatedSpan span) =>
        span.Begun.Contains(owner) || (!span.IsResume && (Ties.Named().Contains(owner) || Ties.IsHelper(owner)) && !run.PlanChecks.IsLeftOut(owner));

    /// <summary>Whether nothing more needs to follow from a failure of the owner.</summary>
    private bool IsSettled(SimulatedOwner owner, SimulatedSpan span) =>
        span.Failed.ContainsKey(owner) || span.Finished.Contains(owner) || span.IsAborted || span.StoppedAt is not null
        || Ties.IsNotNeeded(owner, span) || run.Current != span.Operation || run.IsDead || run.Host.EngineScheduler.IsDead;

    private void FinishHelpers(SimulatedSpan span)
    {
        if (!run.Current.Plan.IsRestore && !span.IsResume && Ties.Named().All(span.Finished.Contains))
        {
            span.Finished.UnionWith(run.Owners.Where(o => Ties.IsHelper(o) && span.Ready.Contains(o)));
        }
    }
}
