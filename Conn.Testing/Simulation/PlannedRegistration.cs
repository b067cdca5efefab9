using Conn.ActiveBackup;

namespace Conn.Testing.Simulation;

/// <summary>How an owner is registered again between two operations.</summary>
/// <param name="Owner">The owner's number.</param>
/// <param name="Policy">What its failure means.</param>
/// <param name="Drives">Its drives.</param>
/// <param name="SupportsIncremental">Whether it is registered with increments.</param>
/// <param name="RestoreAfter">The owner it depends on, or -1.</param>
internal sealed record PlannedRegistration(int Owner, OwnerPolicy Policy, DriveList Drives, bool SupportsIncremental, int RestoreAfter)
{
    public override string ToString() =>
        $"owner{Owner} again: drives {Drives}, {Policy}{(SupportsIncremental ? "" : ", no increments")}{(RestoreAfter < 0 ? "" : $", after owner{RestoreAfter}")}";
}
