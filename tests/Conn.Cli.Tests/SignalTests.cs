using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Signals that the caller has switched off stay off: a run under nohup survives its terminal.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("HUP", 1)]
    [InlineData("INT", 2)]
    public async Task A_signal_that_the_caller_ignores_does_not_interrupt(string name, int signal)
    {
        _place.File("home/docs/big", 100_000_000);
        string command = $"trap '' {name}; exec {ToolRun.Program} backup --create --repo {_place.Repo} --dir docs={_place.Docs}";
        await using ToolProcess backup = ToolProcess.Start("bash", [], ["-c", command]);
        await backup.SaysAsync("docs: started");
        backup.Signal(signal);
        (await backup.EndAsync()).Ends(0);
        Assert.Single(await _place.SetsAsync());
    }
}
