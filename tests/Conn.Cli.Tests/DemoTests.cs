using System.Text.Json;
using Conn.Cli.Tests.Running;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The whole story, as a newcomer runs it.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_tells_its_story_and_everything_matches()
    {
        ToolResult result = await ToolRun.RunAsync("demo", "--json");
        JsonElement told = result.Ends(0).Json;
        Assert.True(told.GetProperty("matched").GetBoolean());
        Assert.All(told.GetProperty("steps").EnumerateArray(), s => Assert.True(s.GetProperty("good").GetBoolean()));
        Assert.NotEmpty(told.GetProperty("modes").EnumerateArray());
        Assert.Empty(result.Errors);
    }
}
