namespace Conn.ActiveBackup.Contract;

/// <summary>An owner that has something to tell about its part although it did not fail.</summary>
/// <remarks>Found under <see cref="ExtendedInterfaces.OwnerRemarks"/>. Asked once per owner at the end of its part.</remarks>
public interface IOwnerRemarks
{
    /// <summary>Takes what was noted since the operation began, and forgets it.</summary>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Notes and errors; both empty when there is nothing to tell.</returns>
    ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken);
}
