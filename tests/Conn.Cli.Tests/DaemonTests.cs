using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The daemon, as a person and a script use it: in a process of its own, asked by the verbs.</summary>
public sealed class DaemonTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task What_was_backed_up_by_the_daemon_comes_back_in_place()
    {
        TreePrint before = await TreePrint.OfAsync(_place.Docs);
        string ledger = Ledger.Print(_place.Database);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, """, "schedule": { "times": [ "0 2 * * *" ] }""");
        JsonElement[] owners = await OwnersAsync(daemon);
        Assert.All(owners, static o => Assert.Equal(("idle", "this host", JsonValueKind.Null), (Text(o, "state"), Text(o, "where"), o.GetProperty("lastGood").ValueKind)));

        (await daemon.AskAsync("plan")).Ends(0);
        JsonElement backup = (await daemon.AskAsync("backup", "--json", "--tag", "first")).Ends(0).Json;
        Assert.Equal("base", Text(backup, "type"));
        _place.File("home/docs/more");
        File.Delete(Directory.GetFiles(_place.Docs, "*", SearchOption.AllDirectories)[0]);
        Ledger.Add(_place.Database, 50);
        JsonElement second = (await daemon.AskAsync("backup", "--json")).Ends(0).Json;
        Assert.Equal("increment", Text(second, "type"));

        (await daemon.AskAsync("restore", "--in-place", "--set", Text(backup, "set")!, "--dry-run")).Ends(0);
        (await daemon.AskAsync("restore", "--in-place", "--set", "latest~1")).Ends(0);
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(before, "docs");
        Assert.Equal(ledger, Ledger.Print(_place.Database));

        Assert.All(await OwnersAsync(daemon), o => Assert.Equal(Text(second, "set"), Text(o, "lastGoodSet")));
        JsonElement status = (await daemon.AskAsync("status", "--json")).Ends(0).Json;
        Assert.Equal(("Normal", JsonValueKind.Null, JsonValueKind.String),
            (Text(status, "mode"), status.GetProperty("operation").ValueKind, status.GetProperty("nextBackup").ValueKind));
        JsonElement history = (await daemon.AskAsync("history", "--json")).Ends(0).Json;
        Assert.Equal(["plan of a backup", "backup", "backup", "plan of a restore", "restore"],
            history.GetProperty("operations").EnumerateArray().Select(static o => Text(o, "kind")));
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);
        Assert.False(File.Exists(DaemonRun.Socket(_place)));
        await _place.AssertCleanAsync(await _place.SetsAsync());
    }

    [Fact]
    public async Task Mistakes_are_said_as_without_a_daemon()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        (await daemon.AskAsync("backup", "--owner", "doc")).Fails(10, "There is no owner doc; the host has docs, ledger.");
        (await daemon.AskAsync("backup", "--increment")).Fails(7, "An increment");
        (await daemon.AskAsync("backup", "--create")).Fails(2, "--create is for a repository");
        (await daemon.AskAsync("backup", "--exclude", "*.tmp")).Fails(2, "--exclude is for owners");
        (await daemon.AskAsync("restore", "--in-place")).Fails(10, "no set yet");
        (await daemon.AskAsync("restore", "--in-place", "--set", "7")).Fails(10, "no set 7");
        Assert.Contains("nothing to abort", (await daemon.AskAsync("abort")).Ends(0).Output, StringComparison.Ordinal);
        (await ToolRun.HereAsync("serve", "--config", DaemonRun.Configuration(_place))).Fails(11, "Another server listens at");
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);
        (await daemon.AskAsync("status")).Fails(10, "No server listens at");
        (await daemon.AskAsync("backup")).Fails(2, "No repository is named");
    }

    [Fact]
    public async Task A_backup_whose_requester_is_interrupted_is_aborted_and_the_daemon_goes_on()
    {
        _place.File("home/docs/big", 300_000_000);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        await using ToolProcess backup = ToolRun.Start("backup", "--socket", DaemonRun.Socket(_place));
        await backup.SaysAsync("docs: started");
        (await daemon.AskAsync("backup")).Fails(11, "in use by conn backup");
        backup.Signal(LinuxCalls.Interrupt);
        (await backup.EndAsync()).Ends(130);
        File.Delete(_place.At("home/docs/big"));
        (await daemon.AskAsync("backup")).Ends(0);
        await _place.AssertCleanAsync(await _place.SetsAsync());
        Assert.Single(await _place.SetsAsync());
    }

    [Fact]
    public async Task A_daemon_that_was_killed_in_a_backup_is_started_again_and_goes_on()
    {
        _place.File("home/docs/big", 300_000_000);
        await using (DaemonRun daemon = await DaemonRun.StartAsync(_place))
        {
            await using ToolProcess backup = ToolRun.Start("backup", "--socket", DaemonRun.Socket(_place));
            await backup.SaysAsync("docs: started");
            daemon.Process.Signal(LinuxCalls.Kill);
            (await backup.EndAsync()).Fails(1, "The connection to the server was lost.");
            await daemon.Process.EndAsync();
        }

        Assert.True(File.Exists(DaemonRun.Socket(_place)));
        await using DaemonRun again = await DaemonRun.StartAsync(_place);
        Assert.Equal("Normal", Text((await again.AskAsync("status", "--json")).Ends(0).Json, "mode"));
        (await again.AskAsync("backup")).Ends(0);
        Assert.Equal(0, (await again.StopAsync()).ExitCode);
        await _place.AssertCleanAsync(await _place.SetsAsync());
        Assert.Single(await _place.SetsAsync());
    }

    [Fact]
    public async Task A_daemon_that_is_stopped_in_a_backup_aborts_it_and_ends_with_0()
    {
        _place.File("home/docs/big", 300_000_000);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        await using ToolProcess backup = ToolRun.Start("backup", "--socket", DaemonRun.Socket(_place));
        await backup.SaysAsync("docs: started");
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);

        // The answer comes before the end of the connection, or not at all.
        Assert.DoesNotContain("defect", (await backup.EndAsync()).Ends(1).Errors, StringComparison.Ordinal);
        Assert.Empty(await _place.SetsAsync());
    }

    [Fact]
    public async Task A_backup_that_another_one_aborts_says_so()
    {
        _place.File("home/docs/big", 300_000_000);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        await using ToolProcess backup = ToolRun.Start("backup", "--socket", DaemonRun.Socket(_place));
        await backup.SaysAsync("docs: started");
        (await daemon.AskAsync("abort")).Ends(0);
        (await backup.EndAsync()).Fails(1, "The daemon ended the operation");
    }

    [Fact]
    public async Task Commands_are_told_when_an_operation_begins_and_ends()
    {
        string told = _place.At("told");
        string script = _place.At("tell.sh");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\necho \"$CONN_MOMENT $CONN_OPERATION $CONN_OUTCOME $1 $CONN_ERROR\" >> {told}\n", Token);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, $$""", "notify": [ { "command": [ "{{script}}", "here" ] } ]""");
        (await daemon.AskAsync("plan")).Ends(0);
        (await daemon.AskAsync("backup")).Ends(0);
        Ledger.Damage(_place.Database);
        (await daemon.AskAsync("backup")).Ends(1);
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);
        string[] lines = await File.ReadAllLinesAsync(told, Token);
        Assert.Equal(["start backup  here ", "success backup succeeded here ", "start backup  here "], lines[..3]);
        Assert.StartsWith("failure backup failed here ledger: ", Assert.Single(lines[3..]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_mode_and_a_property_are_followed_line_by_line()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        (await daemon.AskAsync("property", "define", "0x20000001", "1")).Ends(2);
        string[] property = ["property", "set", "0x20000001", "1", "42", "--socket", DaemonRun.Socket(_place)];
        (await ToolRun.HereAsync("property", "get", "0x20000001", "1", "--socket", DaemonRun.Socket(_place))).Fails(10, "NotFound");
        (await ToolRun.HereAsync("property", "define", "0x20000001", "1", "--socket", DaemonRun.Socket(_place))).Ends(0);
        (await ToolRun.HereAsync(property)).Ends(0);
        Assert.Equal("42", (await ToolRun.HereAsync("property", "get", "0x20000001", "1", "--socket", DaemonRun.Socket(_place))).Ends(0).Output.Trim());
        (await ToolRun.HereAsync("property", "set", "0x20000001", "1", "x", "--sid", "0x10202D56", "--socket", DaemonRun.Socket(_place))).Fails(12, "may not have");

        (await ToolRun.HereAsync("property", "set", "0x20000001", "1", "x", "--socket", DaemonRun.Socket(_place))).Fails(2, "holds a number");

        // What it writes comes by standard error here, whose lines a test can wait for.
        await using ToolProcess watch = ToolProcess.Start("bash", [], ["-c", $"exec {ToolRun.Program} watch --json --socket {DaemonRun.Socket(_place)} 3>&1 1>&2 2>&3"]);
        await watch.SaysAsync("Normal");
        (await daemon.AskAsync("backup")).Ends(0);
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);
        ToolResult watched = await watch.EndAsync();
        watched.Ends(1);
        Assert.Contains("The daemon has ended.", watched.Output, StringComparison.Ordinal);
        Assert.All(watched.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
    }

    [Fact]
    public async Task A_hang_up_signal_reads_schedule_and_notifications_again_and_a_wrong_file_changes_nothing()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        Assert.Equal(JsonValueKind.Null, (await StatusAsync(daemon)).GetProperty("nextBackup").ValueKind);
        await DaemonRun.WriteAsync(_place, """, "schedule": { "times": [ "0 2 1 1 *" ], "timeZone": "UTC" }""");
        daemon.Process.Signal(LinuxCalls.HangUp);
        await daemon.Process.SaysAsync("The next scheduled backup is at");
        Assert.EndsWith("-01-01T02:00:00Z", Text(await StatusAsync(daemon), "nextBackup"), StringComparison.Ordinal);
        await DaemonRun.WriteAsync(_place, """, "schedule": { "times": [ "never" ] }""");
        daemon.Process.Signal(LinuxCalls.HangUp);
        await daemon.Process.SaysAsync("'never' is no cron expression");
        Assert.EndsWith("-01-01T02:00:00Z", Text(await StatusAsync(daemon), "nextBackup"), StringComparison.Ordinal);
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);
    }

    [Fact]
    public async Task A_second_daemon_is_told_what_the_first_one_has_and_starts_nothing()
    {
        int port = DaemonRun.FreePort();
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, $$""", "http": { "port": {{port}} }""");
        string configuration = await File.ReadAllTextAsync(DaemonRun.Configuration(_place), Token);
        await RefusedAsync(configuration, "Another server listens at");
        await RefusedAsync(configuration.Replace("run/s", "run/t", StringComparison.Ordinal), $"Another daemon makes the backups into {_place.Repo}.");
        (await ToolRun.HereAsync("init", "--repo", _place.At("other"))).Ends(0);
        string third = configuration.Replace("run/s", "run/t", StringComparison.Ordinal).Replace(_place.Repo, _place.At("other"), StringComparison.Ordinal);
        await RefusedAsync(third, $"Port {port} of http cannot be used");
        (await DoctorRun.HereAsync("--config", _place.At("second.json"))).Ends(11).Finds("http", "problem", $"Another program has port {port}").SaysWhatToDo();
        (await daemon.AskAsync("backup")).Ends(0);
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);

        async Task RefusedAsync(string written, string says)
        {
            await File.WriteAllTextAsync(_place.At("second.json"), written, Token);
            await using ToolProcess second = ToolRun.Start("serve", "--config", _place.At("second.json"));
            ToolResult result = (await second.EndAsync()).Fails(11, says);
            Assert.DoesNotContain("Conn started", result.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_mistyped_path_of_the_socket_leaves_nothing_behind()
    {
        await DaemonRun.WriteAsync(_place, "");
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        string text = await File.ReadAllTextAsync(DaemonRun.Configuration(_place), Token);
        await File.WriteAllTextAsync(DaemonRun.Configuration(_place), text.Replace("/run/s", "/rnu/conn/s", StringComparison.Ordinal), Token);
        (await ToolRun.HereAsync("serve", "--config", DaemonRun.Configuration(_place))).Fails(2, $"{_place.At("rnu")} does not exist");
        Assert.False(Directory.Exists(_place.At("rnu")));
    }

    [Fact]
    public async Task Health_and_metrics_are_answered_on_loopback()
    {
        int port = DaemonRun.FreePort();
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, $$""", "http": { "port": {{port}} }""");
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("health", Token)).StatusCode);
        Assert.Contains("Infinity", LastSuccess(await http.GetStringAsync("metrics", Token)), StringComparison.Ordinal);
        (await daemon.AskAsync("backup")).Ends(0);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("health", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"http://localhost:{port}/health"), Token)).StatusCode);
        Assert.DoesNotContain("Infinity", LastSuccess(await http.GetStringAsync("metrics", Token)), StringComparison.Ordinal);
        string metrics = await http.GetStringAsync("metrics", Token);
        Assert.Contains("\nconn_operation_duration_seconds_count{", metrics, StringComparison.Ordinal);
        Assert.Contains("\n# TYPE conn_owner_transferred_bytes_total counter\nconn_owner_transferred_bytes_total{", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("conn_conn_", metrics, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("other", Token)).StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Systemd_is_told_that_the_daemon_is_ready_lives_and_stops()
    {
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(_place.At("notify")));
        await DaemonRun.WriteAsync(_place, "");
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);

        // Its parent is a program of this name.
        string parent = _place.At("systemd");
        await File.WriteAllTextAsync(parent, $"#!/bin/sh\ntrap 'kill -TERM $daemon' TERM\n{ToolRun.Program} serve --config {DaemonRun.Configuration(_place)} &\n"
            + "daemon=$!\nwait $daemon\nwait $daemon\n", Token);
        File.SetUnixFileMode(parent, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using ToolProcess daemon = ToolProcess.Start(
            parent, [], [], null, new Dictionary<string, string> { ["NOTIFY_SOCKET"] = _place.At("notify"), ["WATCHDOG_USEC"] = "200000" });
        byte[] message = new byte[256];
        Assert.Equal("READY=1", await NextAsync());
        Assert.Equal("WATCHDOG=1", await NextAsync());
        daemon.Signal(LinuxCalls.Terminate);
        string last;
        do
        {
            last = await NextAsync();
        }
        while (last == "WATCHDOG=1");

        Assert.Equal("STOPPING=1", last);
        (await daemon.EndAsync()).Ends(0);

        async Task<string> NextAsync() => Encoding.UTF8.GetString(message.AsSpan(0, await systemd.ReceiveAsync(message, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_repository_that_goes_away_is_missed_by_each_operation()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        (await daemon.AskAsync("backup")).Ends(0);
        Directory.Move(_place.Repo, _place.At("away"));
        Directory.CreateDirectory(_place.Repo);
        (await daemon.AskAsync("plan")).Fails(10, "not there any more");
        (await daemon.AskAsync("backup")).Fails(10, "not there any more");
        (await daemon.AskAsync("restore", "--in-place")).Fails(10, "not there any more");
        Assert.Empty(Directory.GetFileSystemEntries(_place.Repo));
        Directory.Delete(_place.Repo);
        Directory.Move(_place.At("away"), _place.Repo);
        Assert.Equal("increment", Text((await daemon.AskAsync("backup", "--json")).Ends(0).Json, "type"));
    }

    [Fact]
    public async Task A_watch_whose_output_is_closed_ends()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        await using ToolProcess watch = ToolProcess.Start("bash", [], ["-c", $"{ToolRun.Program} watch --socket {DaemonRun.Socket(_place)} > /dev/full"]);
        (await watch.EndAsync()).Fails(1, "could not be written");
    }

    private static string LastSuccess(string metrics) =>
        string.Concat(metrics.Split('\n').Where(static l => l.StartsWith("conn_owner_last_success_age_seconds{", StringComparison.Ordinal)).Select(static l => l + "\n"));

    private static async Task<JsonElement> StatusAsync(DaemonRun daemon) => (await daemon.AskAsync("status", "--json")).Ends(0).Json;

    private static async Task<JsonElement[]> OwnersAsync(DaemonRun daemon) =>
        [.. (await daemon.AskAsync("owners", "--json")).Ends(0).Json.GetProperty("owners").EnumerateArray()];

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
