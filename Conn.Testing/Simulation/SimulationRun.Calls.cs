using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Simulation;

/// <summary>What must be true of a callback at the moment it arrives.</summary>
internal sealed partial class SimulationRun
{
    // The set that the present operation restores; null in a backup.
    private string? _restored;

    private void CheckCall(SimulatedOwner owner, OwnerCallKind kind, DriveKey? place)
    {
        CheckPlace(owner, kind, place);
        CheckDependencies(owner, kind);
        if (!_going)
        {
            return;
        }

        CheckLeftOut(owner, kind, place);
        CheckRecovery(owner, kind);
        if (kind == OwnerCallKind.GetDataChecksum && !_operation.Checksums)
        {
            Violated(Invariant.OnlyParticipants, $"{owner.Name} is asked for a checksum, and nobody wanted one");
        }

        if (kind == OwnerCallKind.InitialiseRestoreBaseData && place is { IsProxied: false } at)
        {
            CheckSnapshotGiven(owner, at);
        }
    }

    /// <summary>Before its base an owner with increments is given the snapshot of the newest part, whatever the chain; one that it refuses it does without.</summary>
    private void CheckSnapshotGiven(SimulatedOwner owner, DriveKey place)
    {
        StreamRecord stream = owner.Stream(place);
        if (_restored is not { } set || stream.IsOldSnapshotRefused || !_sets[set].TryGetValue(owner.Number, out StoredModel? newest))
        {
            return;
        }

        byte[]? stored = owner.Plan.SupportsIncremental ? newest.Snapshots[place.Drive] : null;
        byte[] expected = stored ?? [];
        byte[] given = stream.OldSnapshot ?? [];
        if (!given.AsSpan().SequenceEqual(expected))
        {
            Violated(Invariant.SameBytes, $"{owner.Name}, drive {place}: the newest snapshot is {(expected.Length == 0 ? "none" : "stored")}, and {(given.Length == 0 ? "none" : "another")} is given before the base");
        }
    }
}
