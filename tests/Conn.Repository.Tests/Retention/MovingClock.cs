namespace Conn.Repository.Tests.Retention;

/// <summary>A clock that a test sets.</summary>
internal sealed class MovingClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = RepositoryKit.Start;

    public override DateTimeOffset GetUtcNow() => Now;
}
