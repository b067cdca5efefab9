using System.CommandLine;
using Conn.Cli.Owners;
using Conn.Ipc;

namespace Conn.Cli.Verbs;

/// <summary>The socket of the daemon: <c>--socket</c>, else the variable CONN_SOCKET, else the one of this user.</summary>
internal sealed class SocketOption
{
    private readonly Option<string?> _socket = SharedOptions.One(
        "--socket", "PATH", $"The socket of the daemon. Default: {IpcSocketPath.Variable}, or that of this user.");

    public void AddTo(Command command) => command.Add(_socket);

    /// <summary>Gets where the daemon is.</summary>
    /// <exception cref="UsageException">The path is none.</exception>
    public IpcClientOptions Read(ParseResult parsed) => new()
    {
        SocketPath = parsed.GetValue(_socket) is { } path ? SourcePath.Full("--socket", path) : null,

        // A verb ends with its daemon, and says so.
        ReconnectFor = TimeSpan.Zero,
    };
}
