using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>A legal order before a channel that answers as it is set to, and the calls that lead a drive into a state.</summary>
internal sealed class OrderLab
{
    public static readonly DriveKey C = new(DriveNumber.C);
    public static readonly DriveKey E = new(DriveNumber.FromLetter('E'));
    public static readonly SecureId One = new(0x31000001);
    public static readonly SecureId Two = new(0x31000002);
    public static readonly DriveKey COfOne = new(DriveNumber.C, One);
    public static readonly DriveKey COfTwo = new(DriveNumber.C, Two);

    public OrderLab() => Calls = new LegalOrder(Owner, "notes", () => Status);

    public AnsweringChannel Owner { get; } = new();

    public LegalOrder Calls { get; }

    public OwnerOrder Order => Calls.Order;

    public DataOwnerStatus Status { get; set; } = DataOwnerStatus.Ready;

    /// <summary>Every state that a drive of an operation can reach: in a backup and in a restore, of the owner itself and of another owner.</summary>
    public static IEnumerable<(bool Restore, bool Proxied, DriveState State)> States =>
        from restore in new[] { false, true }
        from proxied in new[] { false, true }
        from state in Paths(Fresh(restore, proxied)).Keys
        select (restore, proxied, state);

    /// <summary>The same for a theory.</summary>
    public static TheoryData<bool, bool, DriveState> StateData
    {
        get
        {
            TheoryData<bool, bool, DriveState> data = [];
            foreach ((bool restore, bool proxied, DriveState state) in States)
            {
                data.Add(restore, proxied, state);
            }

            return data;
        }
    }

    public static DriveState Fresh(bool restore, bool proxied) => restore ? proxied ? DriveState.ProxyRestoreFresh : DriveState.RestoreFresh
        : proxied ? DriveState.ProxyFresh : DriveState.BackupFresh;

    /// <summary>Begins an operation.</summary>
    public static async Task<OrderLab> BeginAsync(bool restore, params DriveKey[] drives)
    {
        OrderLab lab = new();
        BurMode mode = BurMode.Of(restore ? BurPartType.RestoreFull : BurPartType.BackupFull, BackupIncType.Base);
        await lab.Calls.InvokeAsync(OwnerCall.Begin(new BurModeInfo(DriveList.Of([.. drives.Select(d => d.Drive)]), mode)), CancellationToken.None);
        return lab;
    }

    /// <summary>Begins an operation on drive C, and leads C, or what is kept there for another owner, into a state.</summary>
    public static async Task<OrderLab> InAsync(bool restore, bool proxied, DriveState state)
    {
        OrderLab lab = await BeginAsync(restore, C);
        await lab.LeadAsync(proxied ? COfOne : C, state);
        return lab;
    }

    /// <summary>Leads a fresh drive into a state by the shortest path of legal calls.</summary>
    public async Task LeadAsync(DriveKey key, DriveState state)
    {
        foreach (OwnerCallStep step in Paths(Order.StateOf(key))[state])
        {
            await StepAsync(step, key);
        }

        if (Order.StateOf(key) != state)
        {
            throw new InvalidOperationException($"Drive {key} is in {Order.StateOf(key)} and not in {state}.");
        }
    }

    /// <summary>Makes a call that ends in a given way.</summary>
    public ValueTask<OwnerCallResult> StepAsync(OwnerCallStep step, DriveKey key)
    {
        OwnerCallKind kind = step.Ending == CallEnding.Failed ? AnyCall(Order.StateOf(key)) : step.Call;
        Owner.Fails = step.Ending switch
        {
            CallEnding.Failed => ErrorCode.General,
            CallEnding.SnapshotRefused => OwnerCallRules.Of(kind).RefusalCodes[0],
            _ => ErrorCode.Success,
        };
        return CallAsync(kind, key, step.Ending == CallEnding.Last);
    }

    /// <summary>Makes a call. If <paramref name="last"/> is true, the caller ends the stream that it gives, or the owner the one that it returns.</summary>
    public ValueTask<OwnerCallResult> CallAsync(OwnerCallKind kind, DriveKey key, bool last = false)
    {
        Owner.Finished = last;
        return Calls.InvokeAsync(CallOf(kind, key, last), CancellationToken.None);
    }

    public static OwnerCall CallOf(OwnerCallKind kind, DriveKey key, bool last) => OwnerCall.On(kind, key.Drive) with
    {
        ProxiedOwner = key.ProxiedOwner, Buffer = new byte[8], Section = new byte[1], Last = last && !Takes(kind),
    };

    public static bool Takes(OwnerCallKind kind) => OwnerCallRules.Of(kind).ReturnsSection;

    /// <summary>The state after a call, by the rules alone.</summary>
    public static DriveState After(OwnerCallKind kind, DriveState state, CallEnding ending)
    {
        if (kind == OwnerCallKind.TerminateMultiStageOperation)
        {
            return OwnerCallRules.IsCompleted(state) ? state : DriveState.Terminated;
        }

        CallTransition row = OwnerCallRules.Of(kind).Transitions.Single(t => t.From == state);
        return ending switch
        {
            CallEnding.Last => row.Last ?? row.To,
            CallEnding.SnapshotRefused => row.Refused!.Value,
            CallEnding.Failed => state == DriveState.Terminated ? state : DriveState.Failed,
            _ => row.To,
        };
    }

    /// <summary>A call of one drive that is legal in a state; Terminate if there is no other.</summary>
    private static OwnerCallKind AnyCall(DriveState state) => OwnerCallRules.LegalCalls(state).First(k =>
        OwnerCallRules.Of(k).Span is CallSpan.Drive or CallSpan.WholeDrive || k == OwnerCallKind.TerminateMultiStageOperation);

    /// <summary>The shortest path from a state to every state that can be reached from it.</summary>
    private static Dictionary<DriveState, OwnerCallStep[]> Paths(DriveState from)
    {
        Dictionary<DriveState, OwnerCallStep[]> paths = new() { [from] = [] };
        Queue<DriveState> next = new([from]);
        while (next.TryDequeue(out DriveState state))
        {
            bool canFail = AnyCall(state) != OwnerCallKind.TerminateMultiStageOperation;
            foreach (OwnerCallStep step in OwnerCallRules.Machine.LegalEvents(state).Where(s => canFail || s.Ending != CallEnding.Failed))
            {
                OwnerCallRules.Machine.TryFire(state, step, out DriveState to);
                if (paths.TryAdd(to, [.. paths[state], step]))
                {
                    next.Enqueue(to);
                }
            }
        }

        return paths;
    }
}
