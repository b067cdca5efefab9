namespace Conn.Cli.Tests;

public sealed class PlaceTests
{
    [Xunit.Fact]
    public void The_room_exists() => Xunit.Assert.True(true);
}
