namespace Conn.Hosting;

/// <summary>Looks at what another process asks for, before anything of it is begun. Every service of this type is asked. Not asked for backups of the schedule, which
/// save what they can.</summary>
public interface IRequestCheck
{
    /// <summary>Finds why a backup, or the plan of one, cannot be made as asked. Called on the thread pool, several at a time.</summary>
    /// <param name="ask">What is asked for; the names of its owners are known.</param>
    /// <returns>A sentence that names the owner, or null. The request is refused with it as <see cref="Conn.Engine.OperationRefusal.NoSource"/>.</returns>
    string? FindFault(BackupAsk ask);

    /// <summary>Finds why a restore in place, or the plan of one, cannot be made as asked. As for a backup.</summary>
    /// <param name="ask">What is asked for; the names of its owners are known.</param>
    /// <returns>A sentence that names the owner, or null.</returns>
    string? FindFault(RestoreAsk ask);
}
