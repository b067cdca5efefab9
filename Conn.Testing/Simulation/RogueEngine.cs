using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>An engine that ignores the legal order: it calls an owner's real connection at random, and compares what is refused with the table.</summary>
internal sealed class RogueEngine(SimulationRun run, VirtualTime time, Random random) : IActiveBackupTransport, IEngineSession
{
    private const int Calls = 20;
    private static readonly SecureId Other = new(0x31000001);
    private static readonly DriveNumber[] Drives = [DriveNumber.C, DriveNumber.FromLetter('E')];
    private static readonly OwnerCallKind[] Kinds = [.. Enum.GetValues<OwnerCallKind>().Where(k => OwnerCallRules.Of(k).Transitions.Count > 0)];
    private readonly AnsweringChannel _owner = new();
    private readonly OwnerOrder _order = new("rogue");
    private IOwnerChannel _channel = null!;

    /// <summary>One connection, some twenty calls.</summary>
    public async Task RoamAsync()
    {
        bool restore = random.Next(2) == 0;
        using ScriptedDataOwner owner = new("rogue", null);
        await using ActiveBackupClient connection = await ActiveBackupClient.ConnectAsync(this, new SecureId(0x31000000), owner,
            new ActiveBackupClientOptions { Scheduler = time.Scheduler, TimeProvider = time.Clock, Name = "rogue", Layer = _ => _owner }, CancellationToken.None);
        BurModeInfo mode = new(DriveList.Of(Drives), BurMode.Of(restore ? BurPartType.RestoreFull : BurPartType.BackupFull, BackupIncType.Base));
        _order.Begin(restore, mode.Drives);
        await _channel.InvokeAsync(OwnerCall.Begin(mode), CancellationToken.None);
        int confirmed = random.Next(4);
        for (int i = 0; i < Calls; i++)
        {
            if (i == confirmed)
            {
                await connection.ConfirmReadyForBurAsync(ErrorCode.Success, CancellationToken.None);
            }

            await CallAsync(i >= confirmed ? DataOwnerStatus.Ready : DataOwnerStatus.NotReady);
        }
    }

    public ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
    {
        _channel = connection.Channel;
        return new(this);
    }

    public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => new(default(BurModeInfo));

    public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => new(false);

    public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) => default;

    public void ReportProgress()
    {
    }

    public ValueTask DisposeAsync() => default;

    private async Task CallAsync(DataOwnerStatus status)
    {
        OwnerCall call = Choose();
        IReadOnlyList<DriveKey> concerned = _order.Concerned(call);
        OrderRefusal? expected = _order.Refuse(call, concerned, status);
        (_owner.Finished, _owner.Fails) = (random.Next(3) == 0, random.Next(12) switch { 0 => ErrorCode.General, 1 or 2 => ErrorCode.NotSupported, _ => ErrorCode.Success });
        int before = _owner.Calls;
        OwnerCallResult result = await _channel.InvokeAsync(call, CancellationToken.None);
        if (_owner.Calls != before + (expected is null ? 1 : 0))
        {
            run.Violated(Invariant.LegalOrder, $"a rogue engine's {call} {(expected is null ? "did not reach" : "reached")} the owner: {result.Failure?.Message ?? expected?.ToString()}");
        }
        else if (expected is null)
        {
            OwnerCallRule rule = OwnerCallRules.Of(call.Kind);
            _order.Move(concerned, call.Kind, rule.Span == CallSpan.Everything ? CallEnding.Done : rule.EndingOf(call, result));
        }
        else
        {
            run.Counts.Met(FaultKind.RogueEngine);
            if (result.Failure?.Refusal != expected || result.Failure.Message != expected.ToString())
            {
                run.Violated(Invariant.Refused, $"a rogue engine: expected was {expected}, and seen {result.Failure?.Message}");
            }
        }
    }

    /// <summary>Half of the calls are at random; the others continue what the drive's state allows.</summary>
    private OwnerCall Choose()
    {
        DriveKey key = new(Drives[random.Next(Drives.Length)], random.Next(3) == 0 ? Other : default);
        OwnerCallKind kind = Kinds[random.Next(Kinds.Length)];
        if (random.Next(2) == 0)
        {
            key = _order.Open ?? key;
            IReadOnlyList<OwnerCallKind> legal = OwnerCallRules.LegalCalls(_order.StateOf(key));
            kind = legal.Count == 0 ? kind : legal[random.Next(legal.Count)];
        }

        return OwnerCall.On(kind, key.Drive) with { ProxiedOwner = key.ProxiedOwner, Buffer = new byte[16], Last = random.Next(2) == 0 };
    }
}
