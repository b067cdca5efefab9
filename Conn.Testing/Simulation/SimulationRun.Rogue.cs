using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Traces;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>What nobody should do and somebody does: calls outside the table, in the middle of an operation and from an engine of another kind.</summary>
internal sealed partial class SimulationRun
{
    private Random? _random;
    private readonly List<TraceEntry> _lived = [];
    private static readonly OwnerCallKind[] OneDriveCalls = [.. Enum.GetValues<OwnerCallKind>().Where(k => OwnerCallRules.Of(k).Span == CallSpan.Drive)];
    private bool _isTrying;

    /// <summary>Where the engine's own trace goes, in one run of eight; null in the others.</summary>
    public Action<TraceEntry>? Traced => _plan.Seed % 8 == 0 ? _lived.Add : null;

    /// <summary>Of its own: which illegal calls are tried does not move the rest of a schedule.</summary>
    private Random Rogue => _random ??= new Random((int)(_plan.Seed * 7919) ^ 0x526F67);

    /// <summary>Now and then: a call that is not legal now reaches the connection in which a call runs. It must be refused there.</summary>
    public void TryIllegal(SimulatedOwner owner, OwnerOrder order)
    {
        if (_isTrying)
        {
            Violated(Invariant.Refused, $"an illegal call reached {owner.Name}");
        }

        if (!_options.Faults || !_going || owner.Channel is null || owner.Connection is not { Ended.IsCompleted: false } || Rogue.Next(12) != 0)
        {
            return;
        }

        DriveNumber[] drives = [.. owner.Subject.Drives];
        OwnerCall call = OwnerCall.On(OneDriveCalls[Rogue.Next(OneDriveCalls.Length)], drives[Rogue.Next(drives.Length)]) with { Last = Rogue.Next(2) == 0 };
        if (order.Refuse(call, order.Concerned(call), DataOwnerStatus.Ready) is not { } expected)
        {
            return;
        }

        Counts.Met(FaultKind.IllegalCall);
        _trace.Add($"illegal {call} of {owner.Name}");
        _isTrying = true;
        ValueTask<OwnerCallResult> made = owner.Channel.InvokeAsync(call, CancellationToken.None);
        _isTrying = false;
        OrderRefusal? refusal = made.IsCompletedSuccessfully ? made.Result.Failure?.Refusal : null;
        // An abort may have terminated everything after this call was made and before it began.
        if (refusal != expected && refusal?.State != DriveState.Terminated)
        {
            Violated(Invariant.Refused, $"{owner.Name}: {call} in {order.StateOf(call.Key)}: expected was {expected}, and seen {refusal?.ToString() ?? (made.IsCompleted ? "another answer" : "that it was passed on")}");
        }
    }

    /// <summary>The engine's own trace of what has ended well or not: it must pass by itself.</summary>
    private void CheckTrace(bool cut)
    {
        // It asks the tables too, and is no operation.
        PairCoverage.IsRogue = true;
        try
        {
            if (!cut)
            {
                TraceReplay.Check(_lived);
            }
        }
        catch (TraceReplayException e)
        {
            Violated(Invariant.LegalOrder, $"the engine's own trace: {e.Message}");
        }

        PairCoverage.IsRogue = false;

        _lived.Clear();
    }

    /// <summary>After the operations, in one run of four: an engine that ignores the order.</summary>
    private async Task RoamAsync()
    {
        if (_options.Faults && Rogue.Next(4) == 0)
        {
            PairCoverage.IsRogue = true;
            await new RogueEngine(this, _time, Rogue).RoamAsync();
            PairCoverage.IsRogue = false;
            _trace.Add($"refused {Counts.Of(FaultKind.RogueEngine)}");
        }
    }
}
