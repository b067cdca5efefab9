namespace Conn.Engine.Tests;

/// <summary>A clock that works like the system's until it breaks.</summary>
internal sealed class BrokenClock(bool throws, Blocker blocker) : TimeProvider
{
    private volatile bool _isBroken;

    public void Break() => _isBroken = true;

    public override long GetTimestamp()
    {
        if (_isBroken && throws)
        {
            throw new InvalidOperationException("broken");
        }

        if (_isBroken)
        {
            blocker.Enter();
        }

        return base.GetTimestamp();
    }
}
