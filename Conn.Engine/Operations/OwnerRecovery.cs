using Conn.ActiveBackup.Contract;
using Conn.Engine.Sessions;

namespace Conn.Engine.Operations;

/// <summary>Lets an owner remove what interrupted restores left, unless a decided one of it still waits to be rolled forward.</summary>
internal static class OwnerRecovery
{
    /// <exception cref="DataOwnerException">The owner failed.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(Operation operation, RegisteredOwner owner, CancellationToken abort)
    {
        if (operation.StillPending.Contains(owner.Registration.Sid) || owner.Session is not { } session
            || await session.ExtendedAsync<IRestorePrepare>(ExtendedInterfaces.RestorePrepare, abort) is not { } prepare)
        {
            return [];
        }

        return await session.CallAsync(nameof(IRestorePrepare.RecoverAsync),
            (_, t) => prepare.RecoverAsync(t), abort);
    }
}
