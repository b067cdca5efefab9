using Conn.Engine;

namespace Conn.Testing.Simulation;

/// <summary>One operation of a schedule, and what goes wrong in it.</summary>
/// <param name="IsRestore">True for a restore.</param>
/// <param name="Choice">Of a backup.</param>
/// <param name="CopyOnly">Of a backup.</param>
/// <param name="InPlace">Of a restore.</param>
/// <param name="Owners">Bits of the owners it names; 0 for all.</param>
/// <param name="SetsBack">Of a restore: which set, counted back from the newest that can be used.</param>
/// <param name="Changed">Bits of the owners whose data changes before it.</param>
/// <param name="Cleared">Bits of the owners whose data goes before it.</param>
/// <param name="ChangeSeed">Which change.</param>
/// <param name="Faults">What goes wrong.</param>
internal sealed record PlannedOperation(
    bool IsRestore, BackupChoice Choice, bool CopyOnly, bool InPlace, uint Owners, int SetsBack, uint Changed, uint Cleared, int ChangeSeed,
    IReadOnlyList<SimulationFault> Faults)
{
    /// <summary>Whether owners are asked for checksums.</summary>
    public bool Checksums { get; init; }

    /// <summary>Bits of the owners that leave something out; the bit above that of an owner says whether it explains why it gives a base.</summary>
    public uint LeavesOut { get; init; }

    /// <summary>The owners that are registered again before it.</summary>
    public IReadOnlyList<PlannedRegistration> Registrations { get; init; } = [];

    /// <summary>Whether it is a partial operation, whoever takes part.</summary>
    public bool Partial { get; init; }

    /// <summary>Of a restore: it names no owners, so that all that the set holds take part.</summary>
    public bool AllStored { get; init; }

    /// <summary>Where a committed restore waits for an owner, the operation is a restore that names that owner alone.</summary>
    public bool OnlyPending { get; init; }

    /// <summary>Where a committed restore waits for an owner, the code with which it fails to take it up; none when it does not fail.</summary>
    public ErrorCode ResumeFails { get; init; }

    public override string ToString() =>
        (IsRestore ? $"restore, {SetsBack} sets back{(InPlace ? "" : ", to another place")}" : $"backup {Choice}{(CopyOnly ? ", copy-only" : "")}")
        + (AllStored && IsRestore ? ", all that the set holds" : Owners == 0 ? "" : $", owners {Bits(Owners)}") + (Changed == 0 ? "" : $", changed {Bits(Changed)}") + (Cleared == 0 ? "" : $", emptied {Bits(Cleared)}") + (Checksums ? ", checksums" : "") + (LeavesOut == 0 ? "" : $", left out {Bits(LeavesOut)}")
        + (Partial ? ", partial" : "") + string.Concat(Registrations.Select(r => $", {r}"))
        + (OnlyPending ? ", or a restore of one that waits" : "") + (ResumeFails.IsSuccess ? "" : $", one that waits fails with {ResumeFails}");

    private static string Bits(uint bits) => string.Join(' ', Enumerable.Range(0, 32).Where(i => (bits & (1u << i)) != 0));
}
