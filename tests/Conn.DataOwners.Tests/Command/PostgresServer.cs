using System.Diagnostics;
using Xunit;

namespace Conn.DataOwners.Tests.Command;

/// <summary>One PostgreSQL server for the tests of its recipe, on a socket in a private folder; gone with the last of them.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private readonly CommandLab _lab = new();
    private Process? _server;

    public string Folder => _lab.At("pg");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (Programs.Missing("initdb", "postgres", "psql", "pg_dump", "pg_restore", "setpriv") is not null)
        {
            // Each test says so.
            return;
        }

        CommandLab.SetMode(_lab.Root, 0x1ED);
        Programs.ServerFolder(Folder);
        await Programs.RunAsync(Programs.StartServer(
            "initdb", "-D", $"{Folder}/data", "-U", "conn", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8", "--no-instructions"), Token);
        await StartAsync();
    }

    public async Task StartAsync()
    {
        _server = Programs.StartServer(
            "postgres", "-D", $"{Folder}/data", "-k", Folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB");
        await Programs.UntilAsync(_server.StandardError, "ready to accept connections", Token);
    }

    public async Task KillAsync()
    {
        await Programs.EndAsync(_server!);
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await KillAsync();
        }

        await _lab.DisposeAsync();
    }
}
