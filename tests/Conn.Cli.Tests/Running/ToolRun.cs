using Conn.Engine;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>Runs the tool: the program itself, its code in this process where a process makes no difference, or the program that signals itself at a
/// phase.</summary>
internal static class ToolRun
{
    /// <summary>The tool's own program, as it is shipped: the build of this test program publishes it.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "tool", "conn");

    /// <summary>The same code in this process.</summary>
    public static async Task<ToolResult> HereAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        int code = await ConnTool.RunAsync(args, output, errors, TestContext.Current.CancellationToken);
        return new ToolResult(args, code, output.ToString(), errors.ToString());
    }

    public static Task<ToolResult> RunAsync(params string[] args) => RunAsync([], args);

    /// <summary>A process, started by another program that changes what it may do.</summary>
    public static async Task<ToolResult> RunAsync(string[] launcher, string[] args, string? folder = null, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        await using ToolProcess process = ToolProcess.Start(Program, launcher, args, folder, environment, input);
        return await process.EndAsync();
    }

    public static ToolProcess Start(params string[] args) => ToolProcess.Start(Program, [], args);

    /// <summary>A process that sends itself a signal when a phase is reported for the nth time.</summary>
    public static ToolProcess StartUntil(OperationPhase phase, int nth, int signal, params string[] args) =>
        ToolProcess.Start(Environment.ProcessPath!, [], args, null, PhaseHost.Environ(phase, nth, signal));

    /// <summary>Runs until a phase and dies there by SIGKILL; fails when the phase was never reached.</summary>
    public static async Task KilledAtAsync(OperationPhase phase, int nth, params string[] args)
    {
        await using ToolProcess process = StartUntil(phase, nth, LinuxCalls.Kill, args);
        ToolResult result = await process.EndAsync();
        result.Ends(128 + LinuxCalls.Kill);
    }

    /// <summary>Runs another program that must succeed.</summary>
    public static async Task<string> OtherAsync(string program, params string[] args)
    {
        await using ToolProcess process = ToolProcess.Start(program, [], args);
        ToolResult result = await process.EndAsync();
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', args)} ended with {result.ExitCode}: {result.Errors}");
        return result.Output;
    }
}
