using System.Reactive.Concurrency;
using Conn.Engine.Loop;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The serial loop of an engine: what is posted to it.</summary>
public sealed class EngineLoopTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_callback_that_throws_is_reported_once_and_does_not_end_the_loop(bool hasThread)
    {
        EventLog<Exception> failures = new();
        EventLog<string> ran = new();
        using EngineLoop loop = new(hasThread ? null : ImmediateScheduler.Instance, TimeProvider.System, failures.Add);

        loop.Post(_ => throw new InvalidOperationException("posted"), null);
        await failures.WaitForAsync(1, "the failure is reported");
        loop.Post(s => ran.Add((string)s!), "after");
        await ran.WaitForAsync(1, "the loop runs what is posted afterwards");

        Assert.Equal("posted", Assert.Single(failures.Events).Message);
    }

    [Fact]
    public async Task A_call_that_has_returned_lets_an_idle_loop_go_on_at_once_and_a_busy_one_in_its_turn()
    {
        EventLog<string> ran = new();
        using EngineLoop loop = new(null, TimeProvider.System, _ => { });
        using Blocker blocker = new();

        loop.RunHere(_ =>
        {
            loop.RunHere(s => ran.Add((string)s!), "after it");
            ran.Add("at once");
        }, null);
        Assert.Equal(["at once", "after it"], ran.Events);

        loop.Post(_ => blocker.Enter(), null);
        await blocker.EnteredAsync();
        loop.RunHere(s => ran.Add((string)s!), "in its turn");
        Assert.Equal(2, ran.Events.Count);
        blocker.Open();
        await ran.WaitForAsync(3, "the loop runs what came while it was busy");
    }
}
