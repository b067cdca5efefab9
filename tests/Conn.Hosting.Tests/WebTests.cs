using System.Net;
using System.Text.Json;
using Conn.Hosting.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>A web application on a real socket.</summary>
public sealed class WebTests : IAsyncLifetime
{
    private readonly Place _place = new();
    private readonly Notes _notes = new();
    private readonly HttpClient _client = new();
    private WebApplication? _app;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddScoped(_ => _notes);
        builder.Services.AddConn(c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("notes"));
        _app = builder.Build();
        _app.UseConnRestoreGuard(TimeSpan.FromSeconds(7));
        _app.MapConn();
        _app.MapPut("/notes", () => Results.NoContent());
        _app.MapGet("/notes", () => _notes.Text);
        await _app.StartAsync(Token);
        _client.BaseAddress = new Uri(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app!.DisposeAsync();
        _place.Dispose();
    }

    [Fact]
    public async Task Writes_are_refused_while_a_restore_runs_and_reads_pass()
    {
        IBackupService backups = _app!.Services.GetRequiredService<IBackupService>();
        await backups.BackupAsync(null, Token);
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _notes.OnRestore = token =>
        {
            entered.SetResult();
            return go.Task.WaitAsync(token);
        };
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync()).StatusCode);
        Task restore = backups.RestoreAsync(null, Token);
        await entered.Task.WaitAsync(Token);
        HttpResponseMessage refused = await PutAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(7), refused.Headers.RetryAfter!.Delta);
        Assert.Equal("first", await _client.GetStringAsync(new Uri("/notes", UriKind.Relative), Token));
        go.SetResult();
        await restore;
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync()).StatusCode);
    }

    [Fact]
    public async Task The_status_is_one_document()
    {
        await _app!.Services.GetRequiredService<IBackupService>().BackupAsync(null, Token);
        using JsonDocument status = JsonDocument.Parse(await _client.GetStringAsync(new Uri("/conn/status", UriKind.Relative), Token));
        Assert.Equal("Normal", status.RootElement.GetProperty("mode").GetString());
        JsonElement owner = Assert.Single(status.RootElement.GetProperty("owners").EnumerateArray());
        Assert.Equal("notes", owner.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Null, owner.GetProperty("error").ValueKind);
        Assert.NotEmpty(owner.GetProperty("lastGoodSet").GetString()!);
    }

    [Fact]
    public async Task The_modes_are_server_sent_events()
    {
        using Stream events = await _client.GetStreamAsync(new Uri("/conn/mode", UriKind.Relative), Token);
        using StreamReader reader = new(events);
        Assert.Equal("event: mode", await reader.ReadLineAsync(Token));
        Assert.Equal("data: Normal", await reader.ReadLineAsync(Token));
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _notes.OnBackup = token => go.Task.WaitAsync(token);
        Task backup = _app!.Services.GetRequiredService<IBackupService>().BackupAsync(null, Token);
        Assert.Equal("", await reader.ReadLineAsync(Token));
        Assert.Equal("event: mode", await reader.ReadLineAsync(Token));
        Assert.Equal("data: BackupFull|Base", await reader.ReadLineAsync(Token));
        go.SetResult();
        await backup;
    }

    private Task<HttpResponseMessage> PutAsync() => _client.PutAsync(new Uri("/notes", UriKind.Relative), new StringContent("second"), Token);
}
