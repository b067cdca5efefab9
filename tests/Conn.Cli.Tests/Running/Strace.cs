using System.Text.RegularExpressions;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>Runs the tool's own program under strace: system calls are recorded, or made to fail.</summary>
internal static partial class Strace
{
    private const string OpenCall = @"open(?:at)?\(.*?""(?<path>[^""]*)"", [^,]*O_CREAT[^,]*, (?<mode>\d+)\)";
    private const string FolderCall = @"mkdir(?:at)?\(.*?""(?<path>[^""]*)"", (?<mode>\d+)\)";

    private static readonly string[] Programs = ["/usr/bin/strace", "/bin/strace", "/usr/local/bin/strace"];

    /// <summary>Every call that makes data durable fails with EIO the nth time that a thread makes it.</summary>
    /// <returns>The result, and how many calls failed.</returns>
    public static Task<(ToolResult Result, int Failed)> FailFlushAsync(string log, int nth, params string[] args) => FailAsync(log, ["fsync", "fdatasync"], "EIO", nth, args);

    /// <summary>Calls fail the nth time that a thread makes them.</summary>
    /// <returns>The result, and how many calls failed.</returns>
    public static async Task<(ToolResult Result, int Failed)> FailAsync(string log, string[] calls, string error, int nth, params string[] args)
    {
        string[] inject = [.. calls.SelectMany(call => (string[])["-e", $"inject={call}:error={error}:when={nth}"])];
        ToolResult result = await ToolRun.RunAsync([Program(), "-f", "--seccomp-bpf", "-o", log, "-e", $"trace={string.Join(',', calls)}", .. inject], args);
        return (result, File.ReadLines(log).Count(static line => line.Contains("(INJECTED)", StringComparison.Ordinal)));
    }

    /// <summary>Dies by SIGKILL the nth time that a thread makes a call. The runtime makes none for its diagnostics.</summary>
    public static Task<ToolResult> KillAsync(string log, string call, int nth, params string[] args) => ToolRun.RunAsync(
        [Program(), "-f", "-o", log, "-e", $"trace={call}", "-e", $"inject={call}:signal=KILL:when={nth}"], args,
        environment: new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0" });

    /// <summary>Runs with a umask that takes nothing away, and gives every file and folder that was created, with the mode of the call that created
    /// it.</summary>
    public static async Task<(ToolResult Result, IReadOnlyList<(string Path, string Mode)> Created)> CreationsAsync(string log, params string[] args)
    {
        string[] options = ["-e", "trace=open,openat,creat,mkdir,mkdirat", "-e", "status=successful", "-s", "4096"];
        string[] shell = ["/bin/sh", "-c", "umask 0; exec \"$@\"", "sh"];
        ToolResult result = await ToolRun.RunAsync([.. shell, Program(), "-f", "--seccomp-bpf", "-o", log, .. options], args);
        IEnumerable<Match> matches = File.ReadLines(log).Select(static line => Creation().Match(line)).Where(static match => match.Success);
        return (result, [.. matches.Select(static match => (match.Groups["path"].Value, match.Groups["mode"].Value))]);
    }

    private static string Program()
    {
        string? program = Programs.FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null, "There is no strace on this machine (Debian: apt-get install strace).");
        return program!;
    }

    [GeneratedRegex("(?:" + OpenCall + "|" + FolderCall + ")", RegexOptions.ExplicitCapture)]
    private static partial Regex Creation();
}
