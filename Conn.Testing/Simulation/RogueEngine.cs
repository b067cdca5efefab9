using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Conn.Testing.Time;

namespace Conn.Testing.Simulation;

/// <summary>An engine that knows no order: it calls an owner's real connection at random, and compares what is refused with the protocol told as facts.</summary>
internal sealed class RogueEngine(SimulationRun run, VirtualTime time, Random random) : IActiveBackupTransport, IEngineSession
{
    private const int Calls = 20;
    private static readonly DriveKey[] Keys = [new(DriveNumber.C), new(DriveNumber.FromLetter('E')), new(DriveNumber.C, new SecureId(0x31000001))];

    private readonly Dictionary<DriveKey, OrderFacts> _facts = [];
    private readonly ToldOwner _owner = new();
    private IOwnerEndpoint? _endpoint;
    private bool _restore;

    /// <summary>One connection, some twenty calls.</summary>
    public async Task RoamAsync()
    {
        _restore = random.Next(2) == 0;
        foreach (DriveKey key in Keys)
        {
            _facts[key] = new OrderFacts(_restore, key.IsProxied);
        }

        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(this, new SecureId(0x31000000), _owner,
            new ActiveBackupClientOptions { Scheduler = time.Scheduler, TimeProvider = time.Clock, Name = "rogue" }, CancellationToken.None);
        DriveList drives = DriveList.Of([.. Keys.Where(k => !k.IsProxied).Select(k => k.Drive)]);
        _endpoint!.BeginOperation(new BurModeInfo(drives, BurMode.Of(_restore ? BurPartType.RestoreFull : BurPartType.BackupFull, BackupIncType.Base)));
        int confirmed = random.Next(4);
        for (int i = 0; i < Calls; i++)
        {
            if (i == confirmed)
            {
                await client.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);
            }

            await CallAsync(_endpoint.Callbacks!, i >= confirmed);
        }
    }

    public ValueTask<IEngineSession> ConnectAsync(SecureId owner, IOwnerEndpoint endpoint, CancellationToken cancellationToken)
    {
        _endpoint = endpoint;
        return new(this);
    }

    public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => new(default(BurModeInfo));

    public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => new(false);

    public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) => default;

    public void ReportProgress()
    {
    }

    public ValueTask DisposeAsync() => default;

    private async Task CallAsync(IActiveBackupDataClient guard, bool ready)
    {
        (CallbackEvent call, DriveKey key) = Choose();
        DriveKey? open = Open();
        DriveKey at = RogueCalls.KeyOf(call, key, Keys[^1], open);
        DriveKey[] all = RogueCalls.IsForAll(call) ? [.. Keys.Where(k => !k.IsProxied)] : RogueCalls.IsForWholeDrive(call) ? TakingPart(at.Drive) : [at];
        bool tooLate = call == CallbackEvent.InitialiseRestoreProxyBaseData && Keys.Any(k => k.Drive == at.Drive && _facts[k].IsDecided);
        bool legal = all.All(k => _facts[k].After(call) is not null && (open is null || open == k)) && (ready || !CallbackTable.NeedsReady(call)) && !tooLate;
        (_owner.Finished, _owner.Fails) = (random.Next(3) == 0, random.Next(12) switch { 0 => ErrorCode.General, 1 or 2 => ErrorCode.NotSupported, _ => ErrorCode.None });
        int before = _owner.Calls;
        Exception? failure = await FailureAsync(() => RogueCalls.MakeAsync(guard, call, at));
        if (_owner.Calls != before + (legal ? 1 : 0))
        {
            run.Violated(Invariant.LegalOrder, $"a rogue engine's {call} of drive {at} after {_facts[at]} {(legal ? "did not reach" : "reached")} the owner: {failure?.Message}");
        }
        else if (legal)
        {
            Step(call, at, all, failure);
        }
        else
        {
            run.Counts.Met(FaultKind.RogueEngine);
            OrderFacts first = all.Select(k => _facts[k]).FirstOrDefault(f => f.After(call) is null, _facts[at]);
            if (RogueCalls.Fault(failure, call, first) is { } wrong)
            {
                run.Violated(Invariant.Refused, $"a rogue engine, drive {at}, after {first}: {wrong}");
            }
        }
    }

    /// <summary>What of a drive takes part in a restore: its own data unless nothing was given of it, and every other owner's that was.</summary>
    private DriveKey[] TakingPart(DriveNumber drive)
    {
        bool IsFresh(DriveKey key) => _facts[key] == new OrderFacts(_restore, key.IsProxied);
        DriveKey own = new(drive);
        DriveKey[] others = [.. Keys.Where(k => k.IsProxied && k.Drive == drive && !IsFresh(k))];
        return _restore && others.Length > 0 && IsFresh(own) ? others : [own, .. others];
    }

    private DriveKey? Open()
    {
        foreach (DriveKey key in Keys)
        {
            if (_facts[key].IsOpen)
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Half of the calls are at random; the others lead on.</summary>
    private (CallbackEvent Call, DriveKey Key) Choose()
    {
        DriveKey key = Keys[random.Next(Keys.Length)];
        CallbackEvent call = RogueCalls.Callable[random.Next(RogueCalls.Callable.Length)];
        if (random.Next(2) == 0)
        {
            OrderFacts facts = _facts[Open() ?? key];
            CallbackEvent[] legal = [.. RogueCalls.Callable.Where(e => facts.After(e) is not null)];
            return (legal.Length == 0 ? call : legal[random.Next(legal.Length)], Open() ?? key);
        }

        return (call, key);
    }

    /// <summary>What a call that reached the owner turned out to be.</summary>
    private void Step(CallbackEvent call, DriveKey key, DriveKey[] all, Exception? failure)
    {
        if (RogueCalls.IsForWholeDrive(call))
        {
            Array.ForEach(all, k => Fire(k, failure is null ? call : CallbackEvent.CallbackFailed));
            return;
        }

        if (RogueCalls.IsForAll(call))
        {
            foreach (DriveKey each in all)
            {
                Fire(each, call);
                if (failure is not null && call == CallbackEvent.AllSnapshotsSupplied)
                {
                    Fire(each, _owner.Fails == ErrorCode.NotSupported ? CallbackEvent.SnapshotRefused : CallbackEvent.CallbackFailed);
                }
            }

            return;
        }

        if (failure is not null)
        {
            bool snapshot = call is CallbackEvent.ReceiveSnapshotData or CallbackEvent.ReceiveLastSnapshotData or CallbackEvent.GetSnapshotData;
            Fire(key, snapshot && _owner.Fails == ErrorCode.NotSupported ? CallbackEvent.SnapshotRefused : CallbackEvent.CallbackFailed);
            return;
        }

        Fire(key, call);
        if (_owner.Finished && call is (CallbackEvent.GetBackupDataSection or CallbackEvent.GetSnapshotData))
        {
            Fire(key, call == CallbackEvent.GetBackupDataSection ? CallbackEvent.BackupDataFinished : CallbackEvent.SnapshotDataFinished);
        }
    }

    private void Fire(DriveKey key, CallbackEvent step) => _facts[key] = _facts[key].After(step) ?? _facts[key];

    private static async Task<Exception?> FailureAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (ConnException e)
        {
            return e;
        }
    }
}
