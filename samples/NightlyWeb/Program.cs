using Conn.Hosting;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddConn(conn => conn
    .UseRepository("backups").CreateIfMissing()
    .AddDirectory("notes", "notes")
    .Daily("02:00"));
WebApplication app = builder.Build();
app.Run();
