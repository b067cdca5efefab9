using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Time;

namespace Conn.Testing.Simulation;

/// <summary>Random steps through the machines of callbacks, readiness and modes, legal ones and others; each is taken or refused as the protocol's facts say.</summary>
internal sealed class RogueWalk(SimulationRun run, VirtualTime time, Random random)
{
    private static readonly CallbackEvent[] Events = Enum.GetValues<CallbackEvent>();
    private static readonly BurModeEvent[] ModeEvents = Enum.GetValues<BurModeEvent>();
    private static readonly ReadinessEvent[] ReadinessEvents = Enum.GetValues<ReadinessEvent>();

    public void Walk()
    {
        Callbacks(steps: 40);
        Readiness(steps: 8);
        Modes(steps: 8);
    }

    private void Callbacks(int steps)
    {
        bool restore = random.Next(2) == 0;
        DataOwnerStatus status = DataOwnerStatus.Ready;
        CallbackMachine machine = new("rogue", restore, () => status);
        DriveKey[] keys = [new(DriveNumber.C), new(DriveNumber.FromLetter('E')), new(DriveNumber.C, new SecureId(0x31000001))];
        OrderFacts[] facts = [.. keys.Select(k => new OrderFacts(restore, k.IsProxied))];
        for (int i = 0; i < steps; i++)
        {
            int at = random.Next(keys.Length);
            CallbackEvent step = Events[random.Next(Events.Length)];
            if (random.Next(3) != 0)
            {
                OrderFacts now = facts[at];
                CallbackEvent[] onward = [.. Events.Where(e => now.After(e) is not null && (random.Next(24) == 0 || e is not (CallbackEvent.Terminate or CallbackEvent.CallbackFailed)))];
                step = onward.Length == 0 ? step : onward[random.Next(onward.Length)];
            }

            status = random.Next(6) == 0 ? DataOwnerStatus.NotReady : DataOwnerStatus.Ready;
            bool elsewhere = !facts[at].IsOpen && facts.Any(f => f.IsOpen) && step is not (CallbackEvent.Terminate or CallbackEvent.CallbackFailed);
            bool tooLate = step == CallbackEvent.InitialiseRestoreProxyBaseData && keys.Where(k => k.Drive == keys[at].Drive).Any(k => facts[Array.IndexOf(keys, k)].IsDecided);
            bool legal = facts[at].After(step) is not null && !elsewhere && !tooLate && (status == DataOwnerStatus.Ready || !CallbackTable.NeedsReady(step));
            DriveState before = machine.StateOf(keys[at]);
            Exception? refusal = Refusal(() => machine.Check(keys[at], step));
            if (legal && refusal is null)
            {
                machine.Fire(keys[at], step);
                facts[at] = facts[at].After(step)!.Value;
            }
            else if (legal)
            {
                run.Violated(Invariant.LegalOrder, $"{step} in {before} after {facts[at]} was refused: {refusal!.Message}");
            }
            else
            {
                Refused(RogueCalls.Fault(refusal, step, facts[at]), machine.StateOf(keys[at]) == before, $"{step} in {before}");
            }
        }
    }

    private void Readiness(int steps)
    {
        RegisteredOwner owner = new(new DataOwnerRegistration("rogue", new SecureId(0x31000000)), new SerialLoop(time.Scheduler));
        for (int i = 0; i < steps; i++)
        {
            ReadinessEvent step = ReadinessEvents[random.Next(ReadinessEvents.Length)];

            // No owner is ever in these two: whoever claims it gets nowhere.
            DataOwnerStatus? forged = random.Next(6) switch { 0 => DataOwnerStatus.Unset, 1 => DataOwnerStatus.NotFound, _ => null };
            DataOwnerStatus before = forged ?? owner.Status;
            DataOwnerStatus? after = OrderRules.After(before, step);
            Exception? refusal = Refusal(() => Fire(owner, step, forged));
            if (after is not null)
            {
                Taken(refusal, forged is not null || owner.Status == after, $"{step} of an owner that is {before}");
            }
            else
            {
                Refused(Words(refusal, before.ToString(), step.ToString(), ReadinessEvents.Where(e => OrderRules.After(before, e) is not null).Select(e => e.ToString())),
                    forged is not null || owner.Status == before, $"{step} of an owner that is {before}");
            }
        }
    }

    private void Modes(int steps)
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        PropertyClient bus = store.Open(store.MintIdentity(SecureId.Engine));
        SystemProperties.DefineBackupRestoreKey(bus);
        BurModeMachine machine = new(bus);
        for (int i = 0; i < steps; i++)
        {
            BurModeEvent step = ModeEvents[random.Next(ModeEvents.Length)];
            BurMode before = machine.Present;
            BurPartType? after = OrderRules.After(before.PartType, step);
            Exception? refusal = Refusal(() => Fire(machine, step));
            bool published = bus.Get(SystemProperties.BackupRestoreKey, out int value).IsNone && value == machine.Present.ToValue();
            if (after is not null)
            {
                Taken(refusal, published && machine.Present.PartType == after, $"{step} of a host in {before}");
            }
            else
            {
                Refused(Words(refusal, before.PartType.ToString(), step.ToString(), ModeEvents.Where(e => OrderRules.After(before.PartType, e) is not null).Select(e => e.ToString())),
                    published && machine.Present == before, $"{step} of a host in {before}");
            }
        }
    }

    private static void Fire(RegisteredOwner owner, ReadinessEvent step, DataOwnerStatus? forged)
    {
        if (forged is { } state)
        {
            ReadinessTable.Instance.Fire(state, step, "rogue");
        }
        else
        {
            owner.Fire(step);
        }
    }

    private static void Fire(BurModeMachine machine, BurModeEvent step)
    {
        ErrorCode code = ErrorCode.None;
        switch (step)
        {
            case BurModeEvent.GoNormal:
                code = machine.GoNormal();
                break;
            case BurModeEvent.GoUnset:
                code = machine.GoUnset();
                break;
            default:
                machine.Enter(step, BackupIncType.Base);
                break;
        }

        if (!code.IsNone)
        {
            throw new ConnException(code, $"{step} could not be published.");
        }
    }

    private static string? Words(Exception? refusal, string state, string step, IEnumerable<string> legal) => refusal switch
    {
        IllegalEventException e when e.State == state && e.Event == step && e.LegalEvents.ToHashSet().SetEquals(legal) => null,
        null => "it was taken",
        _ => $"it was refused with {refusal.Message}",
    };

    private void Taken(Exception? refusal, bool moved, string what)
    {
        if (refusal is not null || !moved)
        {
            run.Violated(Invariant.LegalOrder, $"{what}: {refusal?.Message ?? "it led elsewhere"}");
        }
    }

    private void Refused(string? wrong, bool unchanged, string what)
    {
        run.Counts.Met(FaultKind.RogueEngine);
        if (wrong is not null || !unchanged)
        {
            run.Violated(Invariant.Refused, $"{what}: {wrong ?? "it was refused, and something changed"}");
        }
    }

    private static ConnException? Refusal(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (ConnException e)
        {
            return e;
        }
    }
}
