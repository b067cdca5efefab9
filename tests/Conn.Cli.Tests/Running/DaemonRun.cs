using System.Net;
using System.Net.Sockets;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>A daemon in a process of its own, with the two owners of a workplace.</summary>
internal sealed class DaemonRun : IAsyncDisposable
{
    private readonly Workplace _place;

    private DaemonRun(Workplace place, ToolProcess process) => (_place, Process) = (place, process);

    public ToolProcess Process { get; }

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="place">Where its repository, its configuration and its socket are.</param>
    /// <param name="more">More members of the configuration, each with a comma before it.</param>
    /// <param name="withRemote">Whether the owner of <see cref="JoinedProgram"/> is in it.</param>
    /// <param name="bestEffort">Whether an operation without the database, and without the owner of another program, counts.</param>
    public static async Task<DaemonRun> StartAsync(Workplace place, string more = "", bool withRemote = false, bool bestEffort = false)
    {
        await WriteAsync(place, more, withRemote, bestEffort);
        if (!Directory.Exists(place.Repo))
        {
            (await ToolRun.HereAsync("init", "--repo", place.Repo)).Ends(0);
        }

        ToolProcess process = ToolRun.Start("serve", "--config", Configuration(place));
        await process.SaysAsync("Conn listens at");
        return new DaemonRun(place, process);
    }

    /// <summary>A port of this machine that no program has now.</summary>
    public static int FreePort()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    public static string Configuration(Workplace place) => place.At("conn.json");

    public static string Socket(Workplace place) => place.At("run/s");

    /// <summary>Writes the configuration.</summary>
    public static Task WriteAsync(Workplace place, string more, bool withRemote = false, bool bestEffort = false) => File.WriteAllTextAsync(Configuration(place), $$"""
        {
          "repository": "{{place.Repo}}",
          "owners": [
            { "name": "docs", "kind": "directory", "path": "{{place.Docs}}" },
            { "name": "ledger", "kind": "sqlite", "path": "{{place.Database}}"{{Policy(bestEffort)}} }{{(withRemote ? Remote(bestEffort) : "")}}
          ],
          "socket": { "path": "{{Socket(place)}}" }{{more}}
        }
        """, TestContext.Current.CancellationToken);

    /// <summary>Asks the daemon by a verb.</summary>
    public Task<ToolResult> AskAsync(string verb, params string[] more) => ToolRun.HereAsync([verb, "--socket", Socket(_place), .. more]);

    /// <summary>Stops the daemon politely.</summary>
    public async Task<ToolResult> StopAsync()
    {
        Process.Signal(LinuxCalls.Terminate);
        return await Process.EndAsync();
    }

    private static string Policy(bool bestEffort) => bestEffort ? ", \"bestEffort\": true" : "";

    private static string Remote(bool bestEffort) => $", {{ \"name\": \"{JoinedProgram.Owner}\", \"kind\": \"remote\"{Policy(bestEffort)} }}";

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
