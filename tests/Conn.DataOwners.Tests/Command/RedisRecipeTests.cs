using System.Diagnostics;
using System.Globalization;
using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Command;

/// <summary>The recipe for Redis with a server of its own, on a socket in a private folder.</summary>
public sealed class RedisRecipeTests : IAsyncLifetime
{
    private const int Keys = 5000;
    private readonly CommandLab _lab = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Socket => _lab.At("redis/sock");

    private string Start => $"setpriv --reuid=65534 --regid=65534 --clear-groups {Server} < /dev/null > /dev/null 2>&1";

    private string Server => $"redis-server --port 0 --unixsocket {Socket} --dir {_lab.At("redis")} --save '' --repl-diskless-sync-delay 0 --daemonize yes --pidfile {_lab.At("redis/pid")}";

    public async ValueTask InitializeAsync()
    {
        Programs.SkipWithout("redis-server", "redis-server", "redis-cli", "redis-check-rdb", "setpriv");
        CommandLab.SetMode(_lab.Root, 0x1ED);
        Programs.ServerFolder(_lab.At("redis"));
        await ShellAsync(StartCommand);
        await ShellAsync($"until [ \"$(redis-cli -s {Socket} ping 2>&1)\" = PONG ]; do sleep 0.02; done");
        await RedisAsync("eval", $"for i = 1, {Keys} do redis.call('set', 'k' .. i, string.rep(i, 20)) end", "0");
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(_lab.At("redis/pid")))
        {
            await ShellAsync($"redis-cli -s {Socket} shutdown nosave > /dev/null 2>&1; true");
        }

        await _lab.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_is_written_to_is_backed_up_lost_and_restored()
    {
        CommandDataOwner owner = Owner();
        byte[] stored;
        using (Process writer = StartShell($"exec redis-cli -s {Socket} -r -1 eval \"redis.call('incr', 'a'); return redis.call('incr', 'b')\" 0"))
        {
            await writer.StandardOutput.ReadLineAsync(Token);
            _ = writer.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            stored = await CommandLab.BackupAsync(owner, Token);
            await Programs.EndAsync(writer);
        }

        int later = int.Parse(await RedisAsync("get", "a"), CultureInfo.InvariantCulture);
        await RedisAsync("flushall");
        await RedisAsync("set", "later", "1");
        await owner.PlanRestoreAsync(DriveNumber.C, stored.Length, Token);
        await CommandLab.PrepareAsync(owner, stored, Token);
        Assert.Equal("1", await RedisAsync("dbsize"));

        await owner.RestoreCompleteAsync(DriveNumber.C, Token);

        Assert.Equal((Keys + 2).ToString(CultureInfo.InvariantCulture), await RedisAsync("dbsize"));
        Assert.Equal(string.Concat(Enumerable.Repeat("4711", 20)), await RedisAsync("get", "k4711"));
        string a = await RedisAsync("get", "a");
        Assert.Equal(a, await RedisAsync("get", "b"));
        Assert.InRange(int.Parse(a, CultureInfo.InvariantCulture), 1, later);
    }

    [Fact]
    public async Task A_damaged_file_is_refused_before_the_commit_and_a_server_that_is_gone_is_worth_a_retry()
    {
        CommandDataOwner owner = Owner();
        byte[] stored = await CommandLab.BackupAsync(owner, Token);
        await Assert.ThrowsAsync<ConnException>(async () => await CommandLab.PrepareAsync(owner, CommandLab.Stored(stored[..(stored.Length / 2)]), Token));
        await owner.TerminateMultiStageOperationAsync(Token);
        Assert.Equal(Keys.ToString(CultureInfo.InvariantCulture), await RedisAsync("dbsize"));

        await ShellAsync($"redis-cli -s {Socket} shutdown nosave > /dev/null; true");
        ConnException failure = await Assert.ThrowsAsync<ConnException>(() => CommandLab.BackupAsync(owner, Token));
        Assert.True(failure.IsTransient, failure.Message);
    }

    private string StartCommand => Environment.IsPrivilegedProcess ? Start : $"{Server} > /dev/null 2>&1";

    private CommandDataOwner Owner() => _lab.Owner(Programs.Recipe("redis.sh"), o => o with
    {
        Plans = true,
        Environment = new Dictionary<string, string>
        {
            ["REDIS_RDB"] = _lab.At("redis/dump.rdb"), ["REDIS_ARGS"] = $"-s {Socket}", ["REDIS_START"] = $"setsid {StartCommand}",
            ["REDIS_STOP"] = $"redis-cli -s {Socket} shutdown nosave",
        },
    });

    private static Process StartShell(string script) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script])
    {
        RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = "/",
    })!;

    private static Task<string> ShellAsync(string script) => Programs.RunAsync(StartShell(script), Token);

    private Task<string> RedisAsync(params string[] arguments) => Programs.RunAsync(Programs.StartServer("redis-cli", ["-s", Socket, .. arguments]), Token);
}
