namespace Conn.DataOwners.Tests.Directory;

/// <summary>The system's clock, moved: ahead, so that no file looks as if it was changed just now; each reading is later than the one before.</summary>
internal sealed class ShiftedClock(TimeSpan shift) : TimeProvider
{
    internal TimeSpan Shift { get; set; } = shift;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
