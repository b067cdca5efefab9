using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.Testing.Owners;

namespace Conn.Engine.Tests;

/// <summary>Owners on real threads.</summary>
internal static class RealOwners
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    /// <summary>An owner with some data.</summary>
    public static ScriptedDataOwner Create()
    {
        ScriptedDataOwner owner = new("owner", null);
        owner.Set("some data");
        return owner;
    }

    /// <summary>Registers an owner that may fail, and that is given up soon.</summary>
    public static DataOwnerRegistration Bad(DataOwnerRegistration registration) =>
        registration with { Policy = OwnerPolicy.BestEffort, NoProgressTimeout = Soon };

    /// <summary>Does something in the call that plans a restore.</summary>
    public static Func<DataOwnerParticipantOptions, DataOwnerParticipantOptions> Plan(Action act) => p => p.WithLayer((call, next, cancellationToken) =>
    {
        if (call.Kind == OwnerCallKind.PlanRestore)
        {
            act();
        }

        return next(call, cancellationToken);
    });
}
