using Conn.Hosting;
using Conn.Hosting.AspNetCore;
using WebHost;

// An application with notes in files and a ledger in SQLite, backed up each night and at POST /backup. With the path of a socket as "Daemon" it joins a daemon,
// which makes the backups.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
string data = builder.Configuration["Data"] ?? "data";
string notes = Directory.CreateDirectory(Path.Combine(data, "notes")).FullName;
Ledger ledger = new(Path.Combine(data, "ledger.db"));

builder.Services.AddHealthChecks().AddConn();
if (builder.Configuration["Daemon"] is { } socket)
{
    builder.Services.AddConn(conn => conn
        .ConnectToDaemon(socket)
        .AddDirectory("notes", notes)
        .AddSqlite("ledger", ledger.Path));
}
else
{
    builder.Services.AddConn(conn => conn
        .UseRepository(builder.Configuration["Repository"] ?? "backups").CreateIfMissing()
        .AddDirectory("notes", notes)
        .AddSqlite("ledger", ledger.Path)
        .Daily("02:00"));
}

WebApplication app = builder.Build();
app.UseConnRestoreGuard();
app.MapHealthChecks("/health");
app.MapConn();
app.MapPut("/notes/{name}", async (string name, HttpRequest request) =>
{
    if (Path.GetFileName(name) != name || name.StartsWith('.'))
    {
        return Results.BadRequest("A note has a plain name.");
    }

    await using FileStream note = File.Create(Path.Combine(notes, name));
    await request.Body.CopyToAsync(note);
    return Results.NoContent();
});
app.MapGet("/notes/{name}", (string name) => Path.GetFileName(name) == name && File.Exists(Path.Combine(notes, name))
    ? Results.File(Path.Combine(notes, name), "text/plain") : Results.NotFound());
app.MapPost("/ledger/{amount:long}", (long amount) => ledger.Add(amount));
app.MapGet("/ledger", () => ledger.Sum());
app.MapPost("/backup", async (IBackupService backups, CancellationToken stop) => Report((await backups.BackupAsync(null, stop)).ToJson()));
app.MapPost("/restore", async (IBackupService backups, CancellationToken stop) => Report((await backups.RestoreAsync(null, stop)).ToJson()));
app.Run();

static IResult Report(string json) => Results.Text(json, "application/json");
