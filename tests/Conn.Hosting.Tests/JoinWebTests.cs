using System.Net;
using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Hosting.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>A web application that joins a daemon.</summary>
public sealed class JoinWebTests : IDisposable
{
    private readonly Place _place = new();
    private readonly LogLines _log = new();
    private readonly Notes _notes = new();
    private readonly HttpClient _client = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _log.Dispose();
        _place.Dispose();
    }

    [Fact]
    public async Task Writes_are_refused_while_the_daemon_restores()
    {
        await using Daemon daemon = await Daemon.StartAsync(_place, new DataOwnerRegistration("notes") { SupportsIncremental = false });
        await using WebApplication app = Build();
        await app.StartAsync(Token);
        _client.BaseAddress = new Uri(app.Urls.Single());
        await _log.NextAsync("The daemon is connected", Token);
        await daemon.BackupAsync(Token);
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _notes.OnRestore = token =>
        {
            entered.SetResult();
            return go.Task.WaitAsync(token);
        };
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync());
        Task<RestoreReport> restore = daemon.RestoreAsync(Token);
        await entered.Task.WaitAsync(Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PutAsync());
        go.SetResult();
        Assert.Equal(OperationOutcome.Succeeded, (await restore).Outcome);
        await app.Services.GetRequiredService<IBurModeMonitor>().WaitForNormalAsync(Token);
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync());
        Assert.Contains("\"notes\"", await _client.GetStringAsync(new Uri("/conn/status", UriKind.Relative), Token), StringComparison.Ordinal);
    }

    private WebApplication Build()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddScoped(_ => _notes);
        builder.Services.AddConn(c => c.ConnectToDaemon(_place.Socket).AddOwner<NoteOwner>("notes"));
        WebApplication app = builder.Build();
        app.UseConnRestoreGuard();
        app.MapConn();
        app.MapPut("/notes", static () => Results.NoContent());
        return app;
    }

    private async Task<HttpStatusCode> PutAsync() =>
        (await _client.PutAsync(new Uri("/notes", UriKind.Relative), new StringContent("second"), Token)).StatusCode;
}
