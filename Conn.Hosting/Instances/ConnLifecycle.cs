using Microsoft.Extensions.Hosting;
using Conn.Hosting.Telemetry;

namespace Conn.Hosting.Instances;

/// <summary>Starts an instance with its host and stops it in the reverse order: the schedule last in and first out.</summary>
internal sealed class ConnLifecycle : IHostedLifecycleService, IDisposable
{
    private readonly ConnInstance _instance;
    private readonly BackupService _service;
    private readonly CancellationTokenSource _stopSchedule = new();
    private Task _schedule = Task.CompletedTask;

    public ConnLifecycle(ConnInstance instance, BackupService service)
    {
        _instance = instance;
        _service = service;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => _instance.StartAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _instance.SayStarted();
        _schedule = new BackupSchedule(_instance, _service).RunAsync(_stopSchedule.Token);
        return Task.CompletedTask;
    }

    /// <summary>First the operations end, politely: an owner of the host may need services that stop next.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopSchedule.CancelAsync();
        await _service.AbortAsync();
        try
        {
            await _service.DrainAsync(cancellationToken);
            await _schedule.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Messages.StopTooSlow(_instance.Log);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_instance.IsRunning)
        {
            await _instance.StopAsync();
            Messages.Stopped(_instance.Log);
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopSchedule.Dispose();
}
