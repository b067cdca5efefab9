using System.Diagnostics;
using Conn.Engine;
using Conn.Hosting;
using Microsoft.Extensions.Logging;

namespace Conn.Cli.Daemon;

/// <summary>Runs the commands and asks for the addresses of the configuration when an operation begins or ends.</summary>
internal sealed partial class Notifier(Func<IReadOnlyList<DaemonNotification>> notifications, TimeProvider clock, ILogger<Notifier> log) : IOperationListener, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new() { Timeout = Limit };

    public async ValueTask OnOperationAsync(PastOperation operation, CancellationToken cancellationToken)
    {
        string moment = operation.Ended is null ? DaemonNotification.Start
            : operation.Outcome == OperationOutcome.Succeeded ? DaemonNotification.Success : DaemonNotification.Failure;
        foreach (DaemonNotification notification in notifications().Where(n => n.On.Contains(moment)))
        {
            try
            {
                using CancellationTokenSource late = new(Limit, clock);
                using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
                await (notification.Ping is { } address ? PingAsync(address, stop.Token) : RunAsync(notification.Command, operation, moment, stop.Token));
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or System.ComponentModel.Win32Exception or IOException)
            {
                Failed(log, moment, notification.Ping?.Host ?? notification.Command[0], e is OperationCanceledException ? $"it took longer than {Limit.TotalSeconds} s" : e.Message);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task PingAsync(Uri address, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private async Task RunAsync(IReadOnlyList<string> command, PastOperation operation, string moment, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1)) { RedirectStandardInput = true };
        start.Environment["CONN_MOMENT"] = moment;
        start.Environment["CONN_OPERATION"] = operation.Kind;
        start.Environment["CONN_HOLDER"] = operation.Holder;
        start.Environment["CONN_OUTCOME"] = operation.Outcome?.ToString().ToLowerInvariant() ?? "";
        start.Environment["CONN_SET"] = operation.Set ?? "";
        start.Environment["CONN_ERROR"] = operation.Error ?? "";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        if (process.ExitCode != 0)
        {
            Failed(log, moment, command[0], $"it ended with {process.ExitCode}");
        }
    }

    [LoggerMessage(40, LogLevel.Warning, "The notification of {Moment} by {What} failed: {Why}")]
    private static partial void Failed(ILogger log, string moment, string what, string why);
}
