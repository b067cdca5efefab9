using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;
using Conn.Testing.Owners;

namespace Conn.Testing.Simulation;

/// <content>What every callback goes through: the schedule's faults, and the protocol told as facts, place by place.</content>
internal sealed partial class SimulatedClient
{
    private readonly Dictionary<DriveKey, OrderFacts> _facts = [];
    private DriveKey? _open;
    private CallbackKind? _inside;
    private bool _restore;
    private IOwnerEndpoint? _endpoint;
    private bool _refused;
    private bool _ended;

    /// <summary>True once its process is gone: no call reaches the owner, none comes back.</summary>
    public bool IsDead { get; set; }

    /// <summary>True while a callback runs, or hangs.</summary>
    public bool IsInside => _inside is not null;

    /// <summary>An operation begins: every drive is fresh.</summary>
    public void Begin(bool restore, IOwnerEndpoint? endpoint = null)
    {
        _endpoint = endpoint ?? _endpoint;
        _facts.Clear();
        _ended = false;
        _open = null;
        _restore = restore;
    }

    private async ValueTask<T> RunAsync<T>(CallbackKind kind, DriveKey? place, CallbackEvent step, int bytes, Action? record,
        Func<SimulationFault?, ValueTask<T>> call, CancellationToken token)
    {
        if (IsDead || run.IsDead)
        {
            return await ForeverAsync<T>();
        }

        SimulationFault? fault = run.Enter(owner, kind, place, bytes, _inside);
        CallbackKind? outer = _inside;
        int operation = run.Operation;
        _inside = kind;
        try
        {
            if (step == CallbackEvent.AllSnapshotsSupplied && _refused && _facts.Values.All(f => f.After(step) is null))
            {
                // A snapshot of no use: terminated, and begun again without one.
                Begin(restore: false);
            }

            Check(place, step);
            if (_endpoint?.Callbacks is { } guard && kind is not (CallbackKind.AllSnapshotsSupplied or CallbackKind.TerminateMultiStageOperation or CallbackKind.Recover))
            {
                // In those three the guard has moved already.
                run.TryIllegal(owner, guard, Facts, _open);
            }

            if (fault is not null)
            {
                await run.ApplyAsync(owner, fault, token);
            }

            if (IsDead || run.IsDead)
            {
                return await ForeverAsync<T>();
            }

            T result = await run.InnerAsync(owner, () => call(fault));
            if (IsDead || run.IsDead)
            {
                return await ForeverAsync<T>();
            }

            if (operation == run.Operation)
            {
                Fire(place, step);
                record?.Invoke();
                NoteResumed(kind, place, null);
            }

            if (kind == CallbackKind.TerminateMultiStageOperation)
            {
                foreach (StreamRecord stream in owner.Streams.Values)
                {
                    stream.Forget();
                }
            }

            if (fault is { Kind: FaultKind.Leave, Amount: > 45 } && kind != CallbackKind.TerminateMultiStageOperation)
            {
                throw new ConnException(fault.Code, $"scripted to fail with {fault.Code} after the work");
            }

            _inside = outer;
            return result;
        }
        catch (Exception e)
        {
            _inside = outer;
            if (operation == run.Operation)
            {
                FireFailed(kind, place, step, e);
                NoteResumed(kind, place, e);
            }

            throw;
        }
    }

    private static Task<T> ForeverAsync<T>() => new TaskCompletionSource<T>().Task;

    /// <summary>What a call concerns: the place it names; all that takes part on a drive; every place when it names none.</summary>
    private DriveKey[] Concerned(DriveKey? place, CallbackEvent step)
    {
        if (place is not { } one)
        {
            DriveKey[] own = [.. owner.Subject.Drives.Select(d => new DriveKey(d))];
            return step == CallbackEvent.Terminate ? [.. own, .. _facts.Keys.Where(k => k.IsProxied)] : own;
        }

        if (!RogueCalls.IsForWholeDrive(step))
        {
            return [one];
        }

        DriveKey[] kept = [.. _facts.Keys.Where(k => k.IsProxied && k.Drive == one.Drive)];
        return kept.Length > 0 && Facts(one) == Fresh(one) ? kept : [one, .. kept];
    }

    private void Check(DriveKey? place, CallbackEvent step)
    {
        foreach (DriveKey each in Concerned(place, step))
        {
            OrderFacts facts = Facts(each);
            if (facts.After(step) is null)
            {
                run.Violated(Invariant.LegalOrder, $"{step} of {owner.Name}, drive {each}, after {facts}");
            }
            else if (_open is { } open && open != each && step != CallbackEvent.Terminate && !facts.IsOpen)
            {
                run.Violated(Invariant.LegalOrder, $"{step} of {owner.Name}, drive {each}, while drive {open} has a stream open");
            }
        }
    }

    private void Fire(DriveKey? place, CallbackEvent step, DriveKey[]? concerned = null)
    {
        concerned ??= Concerned(place, step);
        _ended |= step == CallbackEvent.Terminate;
        foreach (DriveKey each in concerned)
        {
            if (Facts(each).After(step) is { } after)
            {
                _facts[each] = after;
            }
        }

        _open = null;
        foreach ((DriveKey each, OrderFacts facts) in _facts)
        {
            if (facts.IsOpen)
            {
                _open = each;
            }
        }
    }

    private void FireFailed(CallbackKind kind, DriveKey? place, CallbackEvent step, Exception e)
    {
        if (kind is CallbackKind.TerminateMultiStageOperation or CallbackKind.Recover)
        {
            return;
        }

        bool refuses = e is ConnException { Code: var code } && (code == ErrorCode.NotSupported || (code == ErrorCode.Corrupt && kind != CallbackKind.GetSnapshotData))
            && kind is CallbackKind.AllSnapshotsSupplied or CallbackKind.ReceiveSnapshotData or CallbackKind.GetSnapshotData;
        _refused |= refuses;
        if (refuses && kind == CallbackKind.AllSnapshotsSupplied)
        {
            Fire(place, CallbackEvent.AllSnapshotsSupplied);
        }

        Fire(place, refuses ? CallbackEvent.SnapshotRefused : CallbackEvent.CallbackFailed, Concerned(place, step));
        if (refuses && kind != CallbackKind.GetSnapshotData && place is { } refused)
        {
            owner.Stream(refused).OldSnapshot = null;
            owner.Stream(refused).IsOldSnapshotRefused |= kind == CallbackKind.ReceiveSnapshotData;
        }

        if (kind == CallbackKind.GetSnapshotData && place is { } without)
        {
            owner.Stream(without).Snapshot = null;
        }
    }

    /// <summary>Keeps what decides whether an earlier restore is carried through: that a drive is in place, or why it cannot be.</summary>
    private void NoteResumed(CallbackKind kind, DriveKey? place, Exception? failure)
    {
        if (failure is null && kind == CallbackKind.RestoreComplete)
        {
            owner.InPlace.Add(place!.Value.Drive);
        }
        else if (failure is not null && kind is CallbackKind.RestoreComplete or CallbackKind.ResumeRestore)
        {
            owner.ResumeCodes.Add((failure as ConnException)?.Code.Value ?? ErrorCode.General.Value);
        }
    }

    private OrderFacts Facts(DriveKey place) => _facts.TryGetValue(place, out OrderFacts facts) ? facts : Fresh(place);

    private OrderFacts Fresh(DriveKey place)
    {
        OrderFacts fresh = new(_restore, place.IsProxied);
        return _ended ? fresh.After(CallbackEvent.Terminate)!.Value : fresh;
    }
}
