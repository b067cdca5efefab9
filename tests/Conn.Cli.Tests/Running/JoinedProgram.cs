using Conn.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Conn.Cli.Tests.Running;

/// <summary>A program that joins a daemon with owners of its own, in a process of its own.</summary>
internal static class JoinedProgram
{
    public const string Owner = "app";

    /// <summary>What the program writes to stderr when the daemon has taken all its owners.</summary>
    public const string Joined = "The daemon is connected";

    private const string SocketVariable = "CONN_TEST_JOINS";
    private const string FileVariable = "CONN_TEST_JOINS_FILE";
    private const string FolderVariable = "CONN_TEST_JOINS_FOLDER";

    public static bool IsAsked => Environment.GetEnvironmentVariable(SocketVariable) is not null;

    /// <summary>Starts one with the owner of one file, which may be told to refuse restores.</summary>
    public static ToolProcess Start(string socket, string file) => Start(socket, FileVariable, file);

    /// <summary>Starts one with the owners of samples/WebHost: a folder "notes" and a database "ledger.db" below a folder.</summary>
    public static ToolProcess StartWebHost(string socket, string folder) => Start(socket, FolderVariable, folder);

    public static async Task<int> RunAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddConsole(static o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddConn(conn => AddOwners(conn.ConnectToDaemon(Environment.GetEnvironmentVariable(SocketVariable)!)));
        using IHost host = builder.Build();
        await host.RunAsync();
        return 0;
    }

    private static ConnBuilder AddOwners(ConnBuilder conn) => Environment.GetEnvironmentVariable(FolderVariable) is { } folder
        ? conn.AddDirectory("notes", Path.Combine(folder, "notes")).AddSqlite("ledger", Path.Combine(folder, "ledger.db"))
        : conn.AddOwner(Owner, static _ => new RefusingOwner(Owner, Environment.GetEnvironmentVariable(FileVariable)!));

    private static ToolProcess Start(string socket, string variable, string value) => ToolProcess.Start(
        Environment.ProcessPath!, [], [], null, new Dictionary<string, string> { [SocketVariable] = socket, [variable] = value });
}
