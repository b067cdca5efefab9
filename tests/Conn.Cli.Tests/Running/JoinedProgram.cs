using Conn.ActiveBackup;
using Conn.Hosting;
using Microsoft.Extensions.Hosting;

namespace Conn.Cli.Tests.Running;

/// <summary>A program that joins a daemon with the owner of one file, in a process of its own.</summary>
internal static class JoinedProgram
{
    public const string Owner = "app";

    private const string SocketVariable = "CONN_TEST_JOINS";
    private const string FileVariable = "CONN_TEST_JOINS_FILE";

    public static bool IsAsked => Environment.GetEnvironmentVariable(SocketVariable) is not null;

    /// <summary>Starts one.</summary>
    public static ToolProcess Start(string socket, string file) => ToolProcess.Start(
        Environment.ProcessPath!, [], [], null, new Dictionary<string, string> { [SocketVariable] = socket, [FileVariable] = file });

    public static async Task<int> RunAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddConn(conn => conn.ConnectToDaemon(Environment.GetEnvironmentVariable(SocketVariable)!)
            .AddOwner(Owner, static _ => new StagedFileOwner(Owner, Environment.GetEnvironmentVariable(FileVariable)!)));
        using IHost host = builder.Build();
        await host.RunAsync();
        return 0;
    }
}
