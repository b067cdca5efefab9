using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>Counts what all connections of one user have.</summary>
internal sealed class UserCounts
{
    public readonly int[] Counts = new int[3];
    private int _greetings;

    /// <summary>Counts a connection that has not said what it is for.</summary>
    /// <returns>False when there are too many.</returns>
    public bool TryGreet(int most)
    {
        if (Interlocked.Increment(ref _greetings) <= most)
        {
            return true;
        }

        EndGreeting();
        return false;
    }

    public void EndGreeting() => Interlocked.Decrement(ref _greetings);
}

/// <summary>One connection's part in what its user may have.</summary>
internal sealed class UserShare(IpcPeer peer, IpcGrant grant, UserCounts counts)
{
    public IpcPeer Peer => peer;

    public IpcGrant Grant => grant;

    /// <summary>Takes some of something.</summary>
    /// <exception cref="ConnException">TooBig: the user has its share. Argument: less than one.</exception>
    public void Take(Share share, int count = 1)
    {
        if (count < 1)
        {
            throw new ConnException(ErrorCode.Argument, $"A share of {count} {Name(share)} cannot be taken; 1 is the least.");
        }

        // A count above the limit never reaches the sum, which might run over.
        if (count > Limit(share) || Interlocked.Add(ref counts.Counts[(int)share], count) > Limit(share))
        {
            GiveBack(share, count > Limit(share) ? 0 : count);
            throw new ConnException(ErrorCode.TooBig, $"User {peer.User} has {Limit(share)} {Name(share)}, the most it may have at this server.");
        }
    }

    /// <summary>Refuses a process that may not be an owner.</summary>
    /// <exception cref="ConnException">PermissionDenied.</exception>
    public void RequireOwner(SecureId owner)
    {
        if (!grant.MayConnectOwners || !grant.Allows(owner, CapabilitySet.Empty))
        {
            throw new ConnException(ErrorCode.PermissionDenied, $"{peer} may not answer for owner {owner}.");
        }
    }

    public void GiveBack(Share share, int count = 1) => Interlocked.Add(ref counts.Counts[(int)share], -count);

    private int Limit(Share share) => share switch
    {
        Share.Connections => grant.MaxConnections,
        Share.Properties => grant.MaxProperties,
        _ => grant.MaxSubscriptions,
    };

    private static string Name(Share share) => share switch
    {
        Share.Connections => "connections",
        Share.Properties => "attached properties",
        _ => "clients and watches",
    };
}
