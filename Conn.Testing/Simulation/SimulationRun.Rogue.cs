using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Traces;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>What nobody should do and somebody does: calls outside the table, in the middle of an operation and from an engine of another kind.</summary>
internal sealed partial class SimulationRun
{
    private Random? _random;
    private readonly List<TraceEntry> _lived = [];
    private bool _isTrying;

    /// <summary>Where the engine's own trace goes, in one run of eight; null in the others.</summary>
    public Action<TraceEntry>? Traced => _plan.Seed % 8 == 0 ? _lived.Add : null;

    /// <summary>Of its own: which illegal calls are tried does not move the rest of a schedule.</summary>
    private Random Rogue => _random ??= new Random((int)(_plan.Seed * 7919) ^ 0x526F67);

    /// <summary>Now and then: a call that is not legal now reaches the connection in which a callback runs. It must be refused there.</summary>
    public void TryIllegal(SimulatedOwner owner, IActiveBackupDataClient guard, Func<DriveKey, OrderFacts> facts, DriveKey? open)
    {
        if (_isTrying)
        {
            Violated(Invariant.Refused, $"an illegal call reached {owner.Name}");
        }

        if (!_options.Faults || !_going || owner.Connection is not { Ended.IsCompleted: false } || Rogue.Next(12) != 0)
        {
            return;
        }

        DriveNumber[] drives = [.. owner.Subject.Drives];
        DriveNumber drive = drives[Rogue.Next(drives.Length)];
        CallbackEvent call = RogueCalls.Callable[Rogue.Next(RogueCalls.Callable.Length)];
        DriveKey at = RogueCalls.IsForOpen(call) ? open ?? new DriveKey(drive) : new DriveKey(drive);
        if (RogueCalls.IsForAll(call) || (RogueCalls.IsForWholeDrive(call) && Serves(owner)) || call is CallbackEvent.InitialiseGetProxyBackupData or CallbackEvent.InitialiseRestoreProxyBaseData || facts(at).After(call) is not null)
        {
            return;
        }

        Counts.Met(FaultKind.IllegalCall);
        _trace.Add($"illegal {call} {at} of {owner.Name}");
        _isTrying = true;
        Task made = RogueCalls.MakeAsync(guard, call, at);
        _isTrying = false;
        Exception? refusal = made.Exception?.InnerException;
        if (refusal is IllegalEventException { State: nameof(DriveState.Terminated) })
        {
            // An abort let go of everything after this callback was asked for and before it began.
            return;
        }

        if (RogueCalls.Fault(refusal, call, facts(at)) is { } wrong && made.IsCompleted)
        {
            Violated(Invariant.Refused, $"{owner.Name}, drive {at}, after {facts(at)}: {wrong}");
        }
        else if (!made.IsCompleted)
        {
            Violated(Invariant.Refused, $"{owner.Name}, drive {at}, after {facts(at)}: {call} was passed on");
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

    /// <summary>After the operations, in one run of four: an engine and steps that know no order.</summary>
    private async Task RoamAsync()
    {
        if (_options.Faults && Rogue.Next(4) == 0)
        {
            PairCoverage.IsRogue = true;
            new RogueWalk(this, _time, Rogue).Walk();
            await new RogueEngine(this, _time, Rogue).RoamAsync();
            PairCoverage.IsRogue = false;
            _trace.Add($"refused {Counts.Of(FaultKind.RogueEngine)}");
        }
    }
}
