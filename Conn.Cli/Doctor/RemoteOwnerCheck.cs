using Conn.Cli.Owners;

namespace Conn.Cli.Doctor;

/// <summary>Whether a user other than that of the daemon may serve the remote owners of the configuration.</summary>
internal sealed class RemoteOwnerCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new([.. examined.Owners.Where(static o => o.IsRemote).Select(o => Find(o, examined))]);

    private static Finding Find(OwnerSpec owner, Examination examined)
    {
        string about = $"owner {owner.Name}";
        bool isServed = examined.Configuration!.Daemon.Identities.Any(i => i.Grant.MayConnectOwners && i.Grant.SecureIds?.Contains(owner.Sid) == true);
        bool isThere = examined.Status?.Owners.Any(o => o.Name == owner.Name && o.Where.Length > 0) == true;
        return isServed ? Finding.Ok(about, "An identity of the configuration may serve it.")
            : isThere ? Finding.Ok(about, "A program of the daemon's own user serves it.")
            : Finding.Warning(about, "No identity of the configuration may serve it, so only programs of the daemon's own user can.",
                "If its program runs as another user, add that user with this owner to identities.");
    }
}
