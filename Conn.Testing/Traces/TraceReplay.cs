using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Loop;
using Conn.Engine.Traces;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;

namespace Conn.Testing.Traces;

/// <summary>Checks the trace of an operation, wherever it ran, against the protocol, and plays it again.</summary>
public static class TraceReplay
{
    /// <summary>Checks a trace against the tables of modes and calls.</summary>
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

    /// <summary>Makes every call of a trace again, in order, through the legal order that an engine uses, with owners that answer as they did then.</summary>
    /// <param name="trace">The entries, in order, from Normal to Normal.</param>
    /// <returns>The trace of the replay, equal to <paramref name="trace"/>; <see cref="TraceEntry.At"/> and <see cref="TraceEntry.Took"/> are copied.</returns>
    /// <exception cref="TraceReplayException">An entry breaks an invariant, or its call ended in another way when it was played.</exception>
    public static async Task<IReadOnlyList<TraceEntry>> PlayAsync(IReadOnlyList<TraceEntry> trace)
    {
        Check(trace);
        List<TraceEntry> played = [];
        Dictionary<string, Player> players = [];
        foreach (TraceEntry entry in trace)
        {
            if (entry.Kind != TraceKind.Call)
            {
                played.Add(entry);
                continue;
            }

            if (!players.TryGetValue(entry.Owner!, out Player? player))
            {
                players[entry.Owner!] = player = new Player(entry.Owner!, new AnsweringChannel());
            }

            TraceEntry now = await player.PlayAsync(entry) with { At = entry.At, Took = entry.Took };
            if (TraceFile.ToLine(now) != TraceFile.ToLine(entry))
            {
                throw new TraceReplayException(
                    $"Entry {played.Count} ended in another way when it was played.\n  then: {TraceFile.ToLine(entry)}\n  now:  {TraceFile.ToLine(now)}");
            }

            played.Add(now);
        }

        return played;
    }

    /// <summary>Plays the calls of one owner: through the trace and the legal order to a channel that answers as the owner did.</summary>
    private sealed class Player
    {
        private readonly AnsweringChannel _answers;
        private readonly TraceLayer _calls;
        private BurMode _mode;
        private TraceEntry? _played;

        public Player(string owner, AnsweringChannel answers)
        {
            _answers = answers;
            _calls = Layers(owner, new OperationTracer(TimeProvider.System, () => _mode, e => _played = e, new EngineFaults(null, null)));
        }

        public async Task<TraceEntry> PlayAsync(TraceEntry entry)
        {
            _mode = BurMode.FromValue(entry.Mode);
            (_answers.Bytes, _answers.Finished) = ((int)entry.Bytes, entry.Last);
            (_answers.Fails, _answers.IsGivenUp) = (new ErrorCode(entry.Error), entry.GivenUp);
            await _calls.InvokeAsync(CallOf(entry), CancellationToken.None);
            return _played!;
        }

        private TraceLayer Layers(string owner, OperationTracer tracer) =>
            new(new LegalOrder(_answers, owner, static () => DataOwnerStatus.Ready), owner, tracer);

        private static OwnerCall CallOf(TraceEntry entry)
        {
            OwnerCallKind kind = entry.Call!.Value;
            if (kind == OwnerCallKind.Begin)
            {
                DriveList drives = DriveList.Of([.. entry.Moves.Select(m => DriveNumber.FromLetter(m.Drive))]);
                return OwnerCall.Begin(new BurModeInfo(drives, BurMode.FromValue(entry.Mode)));
            }

            // The bytes of these calls come from the owner; those of every other call go to it.
            bool taken = kind == OwnerCallKind.PrepareRestore || OwnerCallRules.Of(kind).ReturnsSection;
            TraceMove move = entry.Moves.FirstOrDefault(new TraceMove('C', 0, default, default));
            return OwnerCall.On(kind, DriveNumber.FromLetter(move.Drive)) with
            {
                ProxiedOwner = new SecureId(move.ProxiedOwner),
                Buffer = new byte[taken ? entry.Bytes : 0],
                Section = new byte[taken ? 0 : entry.Bytes],
                Last = !taken && entry.Last,
            };
        }
    }
}
