using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Traces;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>Calls outside the table, in the middle of an operation and from an engine of another kind; and the engine's own trace, which must be
/// legal.</summary>
internal sealed class RogueCalls(SimulationRun run)
{
    private static readonly OwnerCallKind[] OneDriveCalls = [.. Enum.GetValues<OwnerCallKind>().Where(k => OwnerCallRules.Of(k).Span == CallSpan.Drive)];

    // Its own random numbers: which illegal calls are tried does not change the rest of a schedule.
    private readonly Random _random = new((int)(run.Plan.Seed * 7919) ^ 0x526F67);
    private readonly List<TraceEntry> _traced = [];
    private bool _isTrying;

    /// <summary>The receiver of the engine's own trace, in one run of eight; null in the others.</summary>
    public Action<TraceEntry>? Traced => run.Plan.Seed % 8 == 0 ? _traced.Add : null;

    /// <summary>Now and then: a call that is not legal now reaches the connection in which a call runs. It must be refused there.</summary>
    public void TryIllegal(SimulatedOwner owner, OwnerOrder order)
    {
        if (_isTrying)
        {
            run.Violated(Invariant.Refused, $"an illegal call reached {owner.Name}");
        }

        if (!run.Options.Faults || !run.Current.IsRunning || owner.Channel is null || owner.Connection is not { Ended.IsCompleted: false } || _random.Next(12) != 0)
        {
            return;
        }

        DriveNumber[] drives = [.. owner.Drives];
        OwnerCall call = OwnerCall.On(OneDriveCalls[_random.Next(OneDriveCalls.Length)], drives[_random.Next(drives.Length)]) with { Last = _random.Next(2) == 0 };
        if (order.Refuse(call, order.Concerned(call), DataOwnerStatus.Ready) is not { } expected)
        {
            return;
        }

        run.Counts.Met(FaultKind.IllegalCall);
        run.Trace.Add($"illegal {call} of {owner.Name}");
        _isTrying = true;
        ValueTask<OwnerCallResult> made = owner.Channel.InvokeAsync(call, CancellationToken.None);
        _isTrying = false;
        OrderRefusal? refusal = made.IsCompletedSuccessfully ? made.Result.Failure?.Refusal : null;
        // An abort may have terminated everything after this call was made and before it began.
        if (refusal != expected && refusal?.State != DriveState.Terminated)
        {
            run.Violated(Invariant.Refused,
                $"{owner.Name}: {call} in {order.StateOf(call.Key)}: expected was {expected}, and seen {refusal?.ToString() ?? (made.IsCompleted ? "another answer" : "that it was passed on")}");
        }
    }

    /// <summary>The engine's own trace of an operation, however it ended, must pass by itself.</summary>
    public void CheckTrace(bool cut)
    {
        // It asks the tables too, and is no operation.
        PairCoverage.IsRogue = true;
        try
        {
            if (!cut)
            {
                TraceReplay.Check(_traced);
            }
        }
        catch (TraceReplayException e)
        {
            run.Violated(Invariant.LegalOrder, $"the engine's own trace: {e.Message}");
        }

        PairCoverage.IsRogue = false;
        _traced.Clear();
    }

    /// <summary>After the operations, in one run of four: an engine that ignores the order.</summary>
    public async Task RoamAsync()
    {
        if (run.Options.Faults && _random.Next(4) == 0)
        {
            PairCoverage.IsRogue = true;
            await new RogueEngine(run, run.Time, _random).RoamAsync();
            PairCoverage.IsRogue = false;
            run.Trace.Add($"refused {run.Counts.Of(FaultKind.RogueEngine)}");
        }
    }
}
