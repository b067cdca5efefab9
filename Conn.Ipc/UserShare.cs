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

    /// <summary>Takes one of something.</summary>
    /// <exception cref="ConnException">TooBig: the user has its share.</exception>
    public void Take(Share share)
    {
        if (Interlocked.Increment(ref counts.Counts[(int)share]) > Limit(share))
        {
            GiveBack(share);
            throw new ConnException(ErrorCode.TooBig, $"User {peer.User} has {Limit(share)} {Name(share)}, the most it may have at this server.");
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
