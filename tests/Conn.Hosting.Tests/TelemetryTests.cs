using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Conn.ActiveBackup;
using Conn.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>Metrics, traces and health say what happened.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly Place _place = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_backup_is_measured()
    {
        ConcurrentDictionary<string, double> seen = new();
        using IHost host = Applications.Build(c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("measured"));
        using MeterListener listener = new();
        IMeterFactory meters = host.Get<IMeterFactory>();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == ConnTelemetry.MeterName && instrument.Meter.Scope == meters)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();
        await host.StartAsync(Token);
        await host.Get<IBackupService>().BackupAsync(null, Token);
        listener.RecordObservableInstruments();
        await host.StopAsync(Token);

        Assert.True(seen[ConnTelemetry.OwnerTransferred] >= "first".Length);
        Assert.True(seen[ConnTelemetry.OperationDuration] > 0);
        Assert.True(seen[ConnTelemetry.OwnerHeldDuration] > 0);
        Assert.True(seen[ConnTelemetry.OwnerLastSuccessAge] >= 0);
        Assert.True(seen[ConnTelemetry.PropertyObservers] > 0);
    }

    [Fact]
    public async Task An_operation_is_an_activity_with_one_for_each_owner()
    {
        ConcurrentQueue<Activity> ended = new();
        using ActivityListener listener = new()
        {
            ShouldListenTo = static s => s.Name == ConnTelemetry.ActivitySourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using IHost host = Applications.Build(c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("traced"));
        await host.StartAsync(Token);
        await host.Get<IBackupService>().BackupAsync(null, Token);
        await host.StopAsync(Token);

        Activity owner = Assert.Single(ended, static a => a.GetTagItem(ConnTelemetry.OwnerName) is "traced");
        Activity operation = Assert.Single(ended, a => a.SpanId == owner.ParentSpanId);
        Assert.Equal("succeeded", operation.GetTagItem(ConnTelemetry.Outcome));
        Assert.Equal(ActivityStatusCode.Ok, operation.Status);
        Assert.Contains(owner.Events, static e => e.Name == "DataStarted");
    }

    [Fact]
    public async Task An_owner_whose_failure_fails_no_backup_only_degrades_the_health()
    {
        using IHost host = Applications.Build(c =>
        {
            c.UseRepository(_place.Repository).CreateIfMissing()
                .AddOwner<NoteOwner>("notes").AddRemoteOwner(new DataOwnerRegistration("away") { Policy = OwnerPolicy.BestEffort });
            c.Configure(static o => o.ReadinessTimeout = TimeSpan.FromMilliseconds(200)).Services.AddHealthChecks().AddConn();
        });
        await host.StartAsync(Token);
        Assert.Equal(OperationOutcome.Partial, (await host.Get<IBackupService>().BackupAsync(null, Token)).Outcome);
        HealthReport report = await host.Get<HealthCheckService>().CheckHealthAsync(static r => r.Name == "conn-owners", Token);
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains("Owner away was never backed up.", report.Entries["conn-owners"].Description, StringComparison.Ordinal);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Health_follows_the_age_of_the_last_good_set()
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddScoped(static _ => new Notes());
        builder.Services.AddConn(c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("notes"));
        builder.Services.AddHealthChecks().AddConn();
        using IHost host = builder.Build();
        HealthCheckService health = host.Get<HealthCheckService>();
        Assert.Equal(HealthStatus.Unhealthy, await EngineAsync());

        await host.StartAsync(Token);
        Assert.Equal(HealthStatus.Healthy, await EngineAsync());
        Assert.Equal(HealthStatus.Unhealthy, await OwnersAsync());
        await host.Get<IBackupService>().BackupAsync(null, Token);
        Assert.Equal(HealthStatus.Healthy, await OwnersAsync());
        clock.Advance(TimeSpan.FromHours(30));
        Assert.Equal(HealthStatus.Degraded, await OwnersAsync());
        clock.Advance(TimeSpan.FromHours(30));
        Assert.Equal(HealthStatus.Unhealthy, await OwnersAsync());
        await host.StopAsync(Token);

        async Task<HealthStatus> EngineAsync() => (await health.CheckHealthAsync(static r => r.Name == "conn-engine", Token)).Status;
        async Task<HealthStatus> OwnersAsync() => (await health.CheckHealthAsync(static r => r.Name == "conn-owners", Token)).Status;
    }
}
