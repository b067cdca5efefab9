using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Traces;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Conn.Testing.Simulation;

namespace Conn.Testing.Traces;

/// <summary>Takes the trace of an operation that somebody wrote, wherever it ran: looks whether it keeps the protocol, and plays it again.</summary>
public static class TraceReplay
{
    /// <summary>Feeds a trace through the tables of modes and callbacks.</summary>
    /// <param name="trace">The entries, in order, from Normal to Normal.</param>
    /// <exception cref="TraceReplayException">An entry breaks an invariant; the message has its sentence.</exception>
    public static void Check(IReadOnlyList<TraceEntry> trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        TraceChecker checker = new();
        for (int i = 0; i < trace.Count; i++)
        {
            checker.Take(i, trace[i]);
        }

        checker.End(trace.Count);
    }

    /// <summary>Makes every callback of a trace again, in order, through the guard that an engine uses, on owners that answer as they did then.</summary>
    /// <param name="trace">The entries, in order, from Normal to Normal.</param>
    /// <returns>The trace of the replay: the same but for <see cref="TraceEntry.At"/> and <see cref="TraceEntry.Took"/>, which are those of the first.</returns>
    /// <exception cref="TraceReplayException">An entry breaks an invariant, or ended in another way when it was played.</exception>
    public static async Task<IReadOnlyList<TraceEntry>> PlayAsync(IReadOnlyList<TraceEntry> trace)
    {
        Check(trace);
        List<TraceEntry> played = [];
        Dictionary<string, Player> players = [];
        foreach (TraceEntry entry in trace)
        {
            int before = played.Count;
            if (entry.Kind == TraceKind.Began)
            {
                players[entry.Owner!] = new Player(entry, played.Add);
            }
            else if (entry.Kind == TraceKind.Callback)
            {
                await players[entry.Owner!].PlayAsync(entry);
            }

            TraceEntry now = played.Count > before ? played[^1] with { At = entry.At, Took = entry.Took } : entry;
            if (TraceFile.ToLine(now) != TraceFile.ToLine(entry))
            {
                throw new TraceReplayException($"Entry {before} was played, and ended in another way.\n  then: {TraceFile.ToLine(entry)}\n  now:  {TraceFile.ToLine(now)}");
            }

            played.RemoveRange(before, played.Count - before);
            played.Add(now);
        }

        return played;
    }

    /// <summary>One owner of a replay in one operation: a guard, and behind it an owner that does as it is told.</summary>
    private sealed class Player
    {
        private readonly ToldOwner _owner = new();
        private readonly CallbackMachine _machine;
        private readonly TracedDataClient _calls;
        private int _mode;

        public Player(TraceEntry began, Action<TraceEntry> to)
        {
            _mode = began.Mode;
            BurMode mode = BurMode.FromValue(_mode);
            _machine = new CallbackMachine(began.Owner!, mode.IsRestore, () => DataOwnerStatus.Ready);
            DriveList drives = DriveList.Of([.. began.Moves.Where(m => m.ProxiedOwner == 0).Select(m => DriveNumber.FromLetter(m.Drive))]);
            GuardedDataClient guard = new(_owner);
            guard.Begin(_machine, drives);
            OperationTracer tracer = new(TimeProvider.System, () => BurMode.FromValue(_mode), e => Told(e, to));
            _calls = new TracedDataClient(began.Owner!, guard, () => _machine, tracer) { Drives = drives };
            tracer.Began(began.Owner!, _machine, drives.Select(d => new DriveKey(d)));
        }

        public async Task PlayAsync(TraceEntry entry)
        {
            _mode = entry.Mode;
            TraceMove move = entry.Moves.Count > 0 ? entry.Moves[0] : new TraceMove('C', 0, default, default);
            DriveKey key = new(DriveNumber.FromLetter(move.Drive), new SecureId(move.ProxiedOwner));
            if (entry.Moves.Count > 0 && _machine.StateOf(key) != move.Before)
            {
                // What was given up had ended by then.
                _owner.EndLate(failed: move.Before == DriveState.Failed);
            }

            (_owner.Bytes, _owner.Finished, _owner.Fails, _owner.Hangs) =
                ((int)entry.Bytes, entry.Last, entry.GivenUp ? ErrorCode.None : new ErrorCode(entry.Error), entry.GivenUp);
            Task call = RogueCalls.MakeAsync(_calls, entry.Event!.Value, key, new byte[entry.Bytes]);
            if (entry.GivenUp)
            {
                _calls.GiveUp(new ErrorCode(entry.Error));
                return;
            }

            try
            {
                await call;
            }
            catch (ConnException e) when (e.Code.Value == entry.Error)
            {
                // As it was then; the entry says so.
                return;
            }
        }

        /// <summary>The mode is told once, by the trace itself.</summary>
        private static void Told(TraceEntry entry, Action<TraceEntry> to)
        {
            if (entry.Kind != TraceKind.Mode)
            {
                to(entry);
            }
        }
    }
}
