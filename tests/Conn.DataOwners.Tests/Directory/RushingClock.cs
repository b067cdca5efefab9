namespace Conn.DataOwners.Tests.Directory;

/// <summary>A minute passes between any two looks: every time limit is over at once.</summary>
internal sealed class RushingClock : TimeProvider
{
    private long _looks;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => _looks += 60;
}
