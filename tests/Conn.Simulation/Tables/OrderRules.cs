using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;
using Conn.PubSub;

namespace Conn.Simulation.Tables;

/// <summary>Compares the three tables with the protocol as facts: every state they can reach, every step, both ways.</summary>
internal static class OrderRules
{
    private static readonly OwnerCallStep[] Steps =
        [.. Enum.GetValues<OwnerCallKind>().SelectMany(k => Enum.GetValues<CallEnding>().Where(e => e != CallEnding.Failed).Select(e => new OwnerCallStep(k, e))), OwnerCallStep.Failure];

    private static readonly DriveState[] Starts = [DriveState.BackupFresh, DriveState.RestoreFresh, DriveState.ProxyFresh, DriveState.ProxyRestoreFresh];

    /// <summary>Explores a table of callbacks and the facts side by side.</summary>
    /// <param name="table">The table.</param>
    /// <returns>The first difference, with the way to it; or null when there is none and every state was reached.</returns>
    public static string? Check(MachineTable<DriveState, OwnerCallStep> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        HashSet<DriveState> reached = [];
        foreach (DriveState start in Starts)
        {
            OrderFacts facts = new(start is DriveState.RestoreFresh or DriveState.ProxyRestoreFresh, start is DriveState.ProxyFresh or DriveState.ProxyRestoreFresh);
            Dictionary<(DriveState State, OrderFacts Facts), string> seen = new() { [(start, facts)] = start.ToString() };
            Queue<(DriveState State, OrderFacts Facts)> open = new([(start, facts)]);
            while (open.TryDequeue(out (DriveState State, OrderFacts Facts) at))
            {
                reached.Add(at.State);
                if (OwnerCallRules.IsOpen(at.State) != at.Facts.IsOpen || OwnerCallRules.IsPrepared(at.State) != at.Facts.IsPrepared)
                {
                    return $"{seen[at]}: the table does not say that a stream is open, or that it is prepared, as the protocol does";
                }

                if ((at.State == DriveState.BackupIncrement) != at.Facts.IsIncrement || OwnerCallRules.IsCompleted(at.State) != at.Facts.IsCompleted)
                {
                    return $"{seen[at]}: not what was given says";
                }

                foreach (OwnerCallStep step in Steps)
                {
                    bool legal = table.TryFire(at.State, step, out DriveState next);
                    if (at.Facts.After(step) is not { } after)
                    {
                        if (legal)
                        {
                            return $"{seen[at]}, {step}: legal by the table, not by the protocol";
                        }

                        continue;
                    }

                    if (!legal)
                    {
                        return $"{seen[at]}, {step}: legal by the protocol, not by the table";
                    }

                    if (seen.TryAdd((next, after), $"{seen[at]}, {step}"))
                    {
                        open.Enqueue((next, after));
                    }
                }
            }
        }

        return Enum.GetValues<DriveState>().FirstOrDefault(s => !reached.Contains(s), (DriveState)(-1)) is var missed and not (DriveState)(-1)
            ? $"{missed} is never reached" : CheckEnds(table);
    }

    /// <summary>Compares a table of readiness with the protocol.</summary>
    /// <param name="table">The table.</param>
    /// <returns>The first difference, or null.</returns>
    public static string? Check(MachineTable<DataOwnerStatus, ReadinessEvent> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        foreach (DataOwnerStatus state in Enum.GetValues<DataOwnerStatus>())
        {
            foreach (ReadinessEvent step in Enum.GetValues<ReadinessEvent>())
            {
                if (Difference(table, state, step, After(state, step)) is { } difference)
                {
                    return difference;
                }
            }
        }

        return null;
    }

    /// <summary>Compares a table of modes with the protocol.</summary>
    /// <param name="table">The table.</param>
    /// <returns>The first difference, or null.</returns>
    public static string? Check(MachineTable<BurPartType, BurModeEvent> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        foreach (BurPartType state in Enum.GetValues<BurPartType>())
        {
            foreach (BurModeEvent step in Enum.GetValues<BurModeEvent>())
            {
                if (Difference(table, state, step, After(state, step)) is { } difference)
                {
                    return difference;
                }
            }
        }

        return null;
    }

    /// <summary>What the protocol says of an owner's readiness; null for what is not legal.</summary>
    private static DataOwnerStatus? After(DataOwnerStatus state, ReadinessEvent step)
    {
        bool known = state is DataOwnerStatus.NotConnected or DataOwnerStatus.NotReady or DataOwnerStatus.Ready or DataOwnerStatus.ReadyNoImpl or DataOwnerStatus.Failed;
        bool connected = state is DataOwnerStatus.NotReady or DataOwnerStatus.Ready or DataOwnerStatus.ReadyNoImpl;
        return step switch
        {
            ReadinessEvent.End when known => DataOwnerStatus.NotConnected,
            ReadinessEvent.Fail when known => DataOwnerStatus.Failed,
            ReadinessEvent.Close when connected => DataOwnerStatus.NotConnected,
            ReadinessEvent.Close when state == DataOwnerStatus.Failed => DataOwnerStatus.Failed,
            ReadinessEvent.Connect when state == DataOwnerStatus.NotConnected => DataOwnerStatus.NotReady,
            ReadinessEvent.ConfirmReady when state is DataOwnerStatus.NotReady or DataOwnerStatus.Ready => DataOwnerStatus.Ready,
            ReadinessEvent.ConfirmReadyNoImpl when state is DataOwnerStatus.NotReady or DataOwnerStatus.ReadyNoImpl => DataOwnerStatus.ReadyNoImpl,
            _ => null,
        };
    }

    /// <summary>What the protocol says of the host's mode; null for what is not legal.</summary>
    private static BurPartType? After(BurPartType state, BurModeEvent step) => step switch
    {
        BurModeEvent.GoNormal => BurPartType.Normal,
        BurModeEvent.GoUnset => BurPartType.Unset,
        _ when state is not (BurPartType.Unset or BurPartType.Normal) => null,
        BurModeEvent.StartBackupFull => BurPartType.BackupFull,
        BurModeEvent.StartBackupPartial => BurPartType.BackupPartial,
        BurModeEvent.StartRestoreFull => BurPartType.RestoreFull,
        _ => BurPartType.RestorePartial,
    };

    private static string? Difference<TState, TEvent>(MachineTable<TState, TEvent> table, TState state, TEvent step, TState? expected)
        where TState : struct, Enum
        where TEvent : struct
    {
        bool legal = table.TryFire(state, step, out TState next);
        return legal == expected is not null && (expected is not { } to || to.Equals(next)) ? null
            : $"{state}, {step}: {(legal ? $"leads to {next}" : "is refused")}, and {(expected is { } right ? $"should lead to {right}" : "should be refused")}";
    }

    /// <summary>Failing and terminating lead where the two words say.</summary>
    private static string? CheckEnds(MachineTable<DriveState, OwnerCallStep> table)
    {
        foreach (DriveState state in Enum.GetValues<DriveState>())
        {
            DriveState terminated = state is DriveState.RestoreCompleted or DriveState.ProxyRestoreCompleted ? state : DriveState.Terminated;
            DriveState failed = state == DriveState.Terminated ? state : DriveState.Failed;
            if ((Difference(table, state, new OwnerCallStep(OwnerCallKind.TerminateMultiStageOperation), terminated) ?? Difference(table, state, OwnerCallStep.Failure, failed)) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }
}
