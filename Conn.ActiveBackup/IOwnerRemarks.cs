namespace Conn.ActiveBackup;

/// <summary>An owner that remarks on its part although it did not fail.</summary>
/// <remarks>Found under <see cref="ExtendedInterfaces.OwnerRemarks"/>. Called once at the end of an owner's part.</remarks>
public interface IOwnerRemarks
{
    /// <summary>Returns what was noted since the operation began, and clears it.</summary>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Notes and errors: at most 10 000 of each, of at most 4096 characters; both empty when there are none.</returns>
    ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken);
}
