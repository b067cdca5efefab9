using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Contract;

namespace Conn.Testing.Simulation;

/// <summary>The layer before a simulated owner: records and checks every call, and does to it what the schedule says.</summary>
internal sealed class SimulatedCalls(SimulationRun run, SimulatedOwner owner, IOwnerChannel inner) : IOwnerChannel
{
    private OwnerCallKind? _inside;

    /// <summary>The legal order, kept here a second time: no illegal call may come through the connection.</summary>
    public OwnerOrder Order { get; } = new(owner.Name);

    /// <summary>True once its process is gone: no call reaches the owner, none comes back.</summary>
    public bool IsDead { get; set; }

    /// <summary>True while a call runs, or hangs.</summary>
    public bool IsInside => _inside is not null;

    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        await StayIfDeadAsync();
        SimulationFault? fault = run.CallFaults.Enter(owner, call, _inside);
        (OwnerCallKind? outer, SimulatedOperation operation) = (_inside, run.Current);
        _inside = call.Kind;
        IReadOnlyList<DriveKey> concerned = Check(call);
        OwnerCallResult result = await WorkAsync(call, fault, cancellationToken);
        await StayIfDeadAsync();
        _inside = outer;
        if (operation == run.Current)
        {
            OwnerCallRule rule = OwnerCallRules.Of(call.Kind);
            CallEnding ending = rule.EndingOf(call, result);
            if (rule.Span != CallSpan.Everything)
            {
                Order.Move(concerned, call.Kind, ending);
            }

            owner.Record(call, result, ending);
        }

        return result;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

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

    private async ValueTask<OwnerCallResult> WorkAsync(OwnerCall call, SimulationFault? fault, CancellationToken cancellationToken)
    {
        try
        {
            if (fault is not null)
            {
                await run.CallFaults.ApplyAsync(owner, fault, cancellationToken);
            }

            await StayIfDeadAsync();
            OwnerCallResult result = fault is { Kind: FaultKind.EmptySections } ? default : await run.InnerAsync(owner, () => inner.InvokeAsync(call, cancellationToken));
            return result.Failure is not null ? result : fault?.Kind switch
            {
                FaultKind.WrongSize => result with { Number = (fault.Amount % 4) switch { 0 => 0, 1 => -1, 2 => long.MaxValue, _ => -result.Number } },
                FaultKind.WrongLength => result with { Section = new SectionResult(fault.Amount % 2 == 0 ? -1 : call.Buffer.Length + fault.Amount, result.Section.Finished) },
                FaultKind.Leave when fault.Amount > 45 && call.Kind != OwnerCallKind.TerminateMultiStageOperation =>
                    OwnerCallResult.Failed(fault.Code, $"scripted to fail with {fault.Code} after the work"),
                _ => result,
            };
        }
#pragma warning disable CA1031 // The schedule makes callbacks throw anything; it is their result.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return OwnerCallResult.Threw(e);
        }
    }

    /// <summary>A process that is gone answers nothing.</summary>
    private Task StayIfDeadAsync() => IsDead || run.IsDead ? new TaskCompletionSource().Task : Task.CompletedTask;
}
