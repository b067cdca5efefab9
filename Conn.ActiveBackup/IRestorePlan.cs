
namespace Conn.ActiveBackup;

/// <summary>An owner that can say before a restore whether it could take it. Asking changes nothing.</summary>
/// <remarks>Found under <see cref="ExtendedInterfaces.RestorePlan"/>. Called before the mode changes, when the owner was registered with its planner.</remarks>
public interface IRestorePlan
{
    /// <summary>Says whether a restore of this size could be staged and put in place.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="expectedBytes">About how much will be staged; -1 when unknown, as it is of what a proxy manager keeps for others.</param>
    /// <param name="cancellationToken">Cancelled when the caller gives up.</param>
    /// <returns>Completes when the restore is possible.</returns>
    /// <exception cref="ConnException">Why not, and what would do (another target, more space): the owner's refusal.</exception>
    ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken);
}
