using Conn.ActiveBackup.Client;
using Conn.PubSub;

namespace Conn.ActiveBackup;

/// <summary>An owner that must know of an operation from its beginning to its end, beyond its own part in it. A host connects it when it adds the owner.</summary>
public interface IOperationFollower
{
    /// <summary>Called when the owner gets ready, as <see cref="DataOwnerParticipantOptions.PrepareAsync"/> is.</summary>
    /// <param name="client">The owner's client in this operation; it ends with the operation.</param>
    /// <param name="mode">The mode of the host.</param>
    /// <param name="cancellationToken">Cancelled when the operation is over.</param>
    /// <returns><see cref="ErrorCode.Success"/>, or why the owner cannot take part.</returns>
    ValueTask<ErrorCode> FollowAsync(ActiveBackupClient client, BurMode mode, CancellationToken cancellationToken);
}
