using System.Net;
using System.Net.Sockets;

namespace Conn.Cli.Doctor;

/// <summary>Whether the port of health and metrics is free for a daemon that does not run yet. It is only asked, never taken.</summary>
internal sealed class HttpPortCheck : IDoctorCheck
{
    private const string About = "http";

    public async ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        examined is not { Status: null, Configuration.Daemon.HttpPort: { } port } ? []
        : await AnswersAsync(port, cancellationToken)
            ? [Finding.Problem(About, $"Another program has port {port}, so no daemon starts with this configuration.", "End it, or choose another port.", ExitCode.InUse)]
            : [Finding.Ok(About, $"Port {port} is free.")];

    private static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
