namespace Conn.Hosting;

/// <summary>Is told of the backups and restores of a host. Add implementations to the services of the host.</summary>
public interface IOperationListener
{
    /// <summary>Called when an operation begins, and again when it has ended; not for plans.</summary>
    /// <param name="operation">The operation; <see cref="PastOperation.Ended"/> is null when it begins.</param>
    /// <param name="cancellationToken">Cancelled when the host stops for longer than it may.</param>
    /// <returns>Completes when the listener is done. Calls come one at a time, on the thread pool; the operation does not wait for them. What is thrown is
    /// logged.</returns>
    ValueTask OnOperationAsync(PastOperation operation, CancellationToken cancellationToken);
}
