using System.Reactive.Concurrency;
using System.Runtime.InteropServices;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Testing.Owners;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>The layer before a simulated owner: records and checks every call, and does to it what the schedule says.</summary>
internal sealed class SimulatedCalls(SimulationRun run, SimulatedOwner owner, HostScheduler thread, IOwnerChannel inner) : IOwnerChannel
{
    private const int CallsBeforeChange = 12;

    private OwnerCallKind? _inside;

    /// <summary>The legal order, kept here a second time: no illegal call may come through the connection.</summary>
    public OwnerOrder Order { get; } = new(owner.Name);

    /// <summary>True once its process is gone: no call reaches the owner, and none returns.</summary>
    public bool IsDead { get; set; }

    /// <summary>True while a call runs, or hangs.</summary>
    public bool IsInside => _inside is not null;

    /// <summary>The call that runs, or hangs.</summary>
    public OwnerCallKind? Inside => _inside;

    private bool HasScriptedRemarks => owner.Subject is ScriptedSubject;

    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        await StayIfDeadAsync();
        if (cancellationToken.IsCancellationRequested)
        {
            run.Violated(Invariant.LegalOrder, $"{call.Kind} of {owner.Name} begins although it was given up before");
        }

        SimulationFault? fault = run.CallFaults.Enter(owner, call, _inside);
        (OwnerCallKind? outer, SimulatedOperation operation, SimulatedSpan? span) = (_inside, run.Current, run.FailureChecks.Span);
        _inside = call.Kind;
        IReadOnlyList<DriveKey> concerned = Check(call);
        OwnerCallResult result = await WorkAsync(call, fault, cancellationToken);
        if (fault is null && result.Failure is { } own)
        {
            owner.OwnFailure ??= $"{call.Kind} threw {own.Cause?.GetType().Name ?? own.Code.ToString()} ('{own.Message}')";
        }

        await thread.WhenFree;
        await StayIfDeadAsync();
        _inside = outer;
        if (operation == run.Current)
        {
            Returned(call, Believed(fault, result), concerned, span);
            ChangeInside(call.Kind);
        }

        if (fault is { Kind: FaultKind.Nonsense } && Nonsense.ChangesToken(fault) && MemoryMarshal.TryGetArray(result.Token, out ArraySegment<byte> token))
        {
            // After the owner's side has taken the result, and before the engine sees it.
            run.Time.Scheduler.Schedule(() => token.AsSpan().Fill(0xEE));
        }

        run.TerminationChecks.Left(owner);
        return result;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>The result as it must be taken: one that a call must not return is the failure of the owner.</summary>
    private static OwnerCallResult Believed(SimulationFault? fault, OwnerCallResult result)
    {
        ErrorCode code = result.Failure is not null ? ErrorCode.Success
            : fault?.Kind switch { FaultKind.WrongLength => ErrorCode.BadDescriptor, FaultKind.Nonsense => Nonsense.CodeOf(fault), _ => ErrorCode.Success };
        return code.IsSuccess ? result : OwnerCallResult.Failed(code, "scripted to return what it must not");
    }

    /// <summary>Begins or checks: a call that arrives is legal by the table.</summary>
    private IReadOnlyList<DriveKey> Check(OwnerCall call)
    {
        if (call.Kind == OwnerCallKind.Begin)
        {
            Order.Begin(call.Mode.Mode.IsRestore, call.Mode.Drives);
        }

        IReadOnlyList<DriveKey> concerned = Order.Concerned(call);
        if (Order.Refuse(call, concerned, DataOwnerStatus.Ready) is { } refusal)
        {
            run.Violated(Invariant.LegalOrder, $"an illegal call reached the owner: {refusal}");
        }
        else if (call.Kind == OwnerCallKind.TerminateMultiStageOperation)
        {
            Order.Move(concerned, call.Kind, CallEnding.Done);
        }
        else
        {
            run.Rogue.TryIllegal(owner, Order);
        }

        return concerned;
    }

    /// <summary>A call of the present operation has returned.</summary>
    private void Returned(OwnerCall call, OwnerCallResult result, IReadOnlyList<DriveKey> concerned, SimulatedSpan? span)
    {
        OwnerCallRule rule = OwnerCallRules.Of(call.Kind);
        CallEnding ending = rule.EndingOf(call, result);
        if (rule.Span != CallSpan.Everything)
        {
            Order.Move(concerned, call.Kind, ending);
        }

        if (result.Failure is { } failure)
        {
            run.FailureChecks.Returned(owner, call, failure.Code, span);
        }
        else if (call.Kind == OwnerCallKind.PrepareRestore)
        {
            span?.Prepared.Add(owner);
        }
        else if (result.Remarks is { } remarks && owner.Connection is { Ended.IsCompleted: false })
        {
            run.RemarkChecks.Returned(owner, call, remarks);
        }

        owner.Record(call, result, ending);
    }

    private async ValueTask<OwnerCallResult> WorkAsync(OwnerCall call, SimulationFault? fault, CancellationToken cancellationToken)
    {
        try
        {
            if (fault is not null)
            {
                await run.CallFaults.ApplyAsync(owner, fault, call, cancellationToken);
            }

            await StayIfDeadAsync();
            OwnerCallResult result = fault is { Kind: FaultKind.EmptySections } ? default
                : call.Kind == OwnerCallKind.TakeRemarks && HasScriptedRemarks ? new OwnerCallResult { Remarks = run.RemarkChecks.Make(owner) }
                : await run.InnerAsync(owner, () => inner.InvokeAsync(Offered(call), cancellationToken));
            if (call.Kind == OwnerCallKind.Begin && HasScriptedRemarks)
            {
                return result with { Features = result.Features | OwnerFeatures.Remarks };
            }

            return result.Failure is not null ? result : fault?.Kind switch
            {
                FaultKind.WrongSize => result with { Number = (fault.Amount % 4) switch { 0 => 0, 1 => -1, 2 => long.MaxValue, _ => -result.Number } },
                FaultKind.WrongLength => result with { Section = new SectionResult(fault.Amount % 2 == 0 ? -1 : call.Buffer.Length + fault.Amount, result.Section.Finished) },
                FaultKind.Nonsense => Nonsense.Make(fault, result),
                FaultKind.Leave when fault.Amount > 45 && call.Kind != OwnerCallKind.TerminateMultiStageOperation =>
                    OwnerCallResult.Failed(fault.Code, $"scripted to fail with {fault.Code} after the work"),
                _ => result,
            };
        }
#pragma warning disable CA1031 // The schedule makes calls throw anything; it is their result.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return OwnerCallResult.Threw(e);
        }
    }

    /// <summary>In every other backup the data of the author's owner changes once, between two of its calls.</summary>
    private void ChangeInside(OwnerCallKind after)
    {
        int seed = run.Current.Plan.ChangeSeed;
        if (owner.Subject is ScriptedSubject or { ChangesDuringBackup: false } || owner is not { Pending: null, Late: null }
            || run.Current is not { IsRunning: true, Plan.IsRestore: false })
        {
            return;
        }

        int calls = run.Current.Calls.Where(c => c.Key.Owner == owner.Number).Sum(c => c.Value);
        if (seed % 2 == 0 && calls > seed / 2 % CallsBeforeChange && !owner.HasChangedInside)
        {
            run.Trace.Add($"the data of {owner.Name} changes while the backup runs");
            run.Story.Did($"a change of the data of {owner.Name} after {after} in a backup");
            run.Story.Doing = $"{run.Current}";
            owner.ChangeInside(seed);
        }
    }

    /// <summary>The call with the buffer that the author's owner is offered: in some runs a small one. Scripted owners use little of a large one by themselves.</summary>
    private OwnerCall Offered(OwnerCall call)
    {
        int most = Math.Max(owner.Plan.MaxSectionBytes, owner.Subject.MinSectionBytes);
        return owner.Subject is ScriptedSubject || call.Buffer.Length <= most ? call : call with { Buffer = call.Buffer[..most] };
    }

    /// <summary>A process that is gone returns no call.</summary>
    private Task StayIfDeadAsync() => IsDead || run.IsDead ? new TaskCompletionSource().Task : Task.CompletedTask;
}
