using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>What the file of --config says for the daemon: each member that is wrong ends with 2 and a sentence, and nothing is started.</summary>
public sealed class DaemonConfigurationTests : IDisposable
{
    private const string Owners = """
        "owners": [ { "name": "docs", "kind": "directory", "path": "home/docs" }, { "name": "app", "kind": "remote" } ]
        """;

    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("\"$schema\": 1", "$schema: a text is expected")]
    [InlineData("\"schedule\": []", "schedule: an object is expected, not a list.")]
    [InlineData("\"schedule\": { \"time\": [] }", "schedule.time: there is no such member; did you mean times?")]
    [InlineData("\"schedule\": { \"times\": \"0 2 * * *\" }", "schedule.times: a list is expected")]
    [InlineData("\"schedule\": { \"times\": [ 2 ] }", "schedule.times[0]: a text is expected, not the number 2.")]
    [InlineData("\"schedule\": { \"times\": [ \"02:00\" ] }", "schedule.times[0]: '02:00' is no cron expression of five fields")]
    [InlineData("\"schedule\": { \"timeZone\": \"Berlin\" }", "schedule.timeZone: this machine knows no time zone 'Berlin'")]
    [InlineData("\"schedule\": { \"runMissed\": 1 }", "schedule.runMissed: true or false is expected")]
    [InlineData("\"retention\": { }", "retention: nothing would be kept")]
    [InlineData("\"retention\": { \"keepLast\": 0, \"grace\": \"7d\" }", "retention: nothing would be kept")]
    [InlineData("\"retention\": { \"keepDaily\": -1 }", "retention.keepDaily: must be a whole number from 0 to 100000, not -1.")]
    [InlineData("\"retention\": { \"keepWithin\": \"week\" }", "retention.keepWithin: 'week' is no period")]
    [InlineData("\"retention\": { \"keepdaily\": 1 }", "retention.keepdaily: there is no such member; did you mean keepDaily?")]
    [InlineData("\"socket\": \"s\"", "socket: an object is expected")]
    [InlineData("\"socket\": { \"path\": 1 }", "socket.path: a text is expected")]
    [InlineData("\"socket\": { \"path\": \"LONG\" }", "socket.path: the path has ")]
    [InlineData("\"socket\": { \"group\": \"no-such-group\" }", "socket.group: this machine has no group 'no-such-group'")]
    [InlineData("\"http\": { }", "http: port is missing")]
    [InlineData("\"http\": { \"port\": 0 }", "http.port: must be a whole number from 1 to 65535, not 0.")]
    [InlineData("\"http\": { \"port\": 80.5 }", "http.port: must be a whole number")]
    [InlineData("\"http\": { \"port\": \"80\" }", "http.port: a number is expected, not the text \"80\".")]
    [InlineData("\"notify\": [ { } ]", "notify[0]: say either command")]
    [InlineData("\"notify\": [ { \"ping\": \"hc\" } ]", "notify[0].ping: 'hc' is no address")]
    [InlineData("\"notify\": [ { \"ping\": \"https://h/x\", \"command\": [ \"/bin/true\" ] } ]", "notify[0]: say either command")]
    [InlineData("\"notify\": [ { \"command\": [ \"no-such\" ] } ]", "notify[0].command: there is no program ")]
    [InlineData("\"notify\": [ { \"ping\": \"https://h/x\", \"on\": [ \"end\" ] } ]", "notify[0].on[0]: 'end' is unknown; known are start, success, failure.")]
    [InlineData("\"identities\": [ { } ]", "identities[0]: user is missing.")]
    [InlineData("\"identities\": [ { \"user\": \"no-such-user\" } ]", "identities[0].user: this machine has no user 'no-such-user'")]
    [InlineData("\"identities\": [ { \"user\": \"root\", \"owners\": [ \"ap\" ] } ]", "identities[0].owners[0]: there is no owner 'ap'; did you mean app?")]
    [InlineData("\"identities\": [ { \"user\": \"root\", \"owners\": [ \"docs\" ] } ]", "identities[0].owners[0]: owner docs runs in the daemon")]
    [InlineData("\"identities\": [ { \"user\": \"root\", \"capabilities\": [ \"All\" ] } ]", "identities[0].capabilities[0]: 'All' is no capability")]
    [InlineData("\"identities\": [ { \"user\": \"root\", \"maxConnections\": -1 } ]", "identities[0].maxConnections: must be a whole number from 1")]
    [InlineData("\"schedule\": { \"times\": [ \"0 0 30 2 *\" ] }", "schedule.times[0]: '0 0 30 2 *' never comes")]
    [InlineData("\"identities\": [ { \"user\": \"nobody\" }, { \"user\": \"65534\" } ]", "identities[1].user: user 65534 is named twice.")]
    [InlineData("\"identities\": [ { \"user\": \"root\", \"mayStatePlaces\": 1 } ]", "identities[0].mayStatePlaces: true or false is expected")]
    public async Task A_member_that_is_wrong_is_named(string member, string says)
    {
        string text = "{\n" + Owners + ",\n" + member.Replace("LONG", new string('s', 200), StringComparison.Ordinal) + " }";
        await FailsAsync(text, $"line 3: {says}");
    }

    [Theory]
    [InlineData("\"path\": \"x\"", "path: this is for other kinds")]
    [InlineData("\"exclude\": []", "exclude: this is for other kinds")]
    [InlineData("\"command\": {}", "command: this is for kind command.")]
    [InlineData("\"increments\": 1", "increments: true or false is expected")]
    public async Task A_member_that_an_owner_of_another_program_does_not_have_is_named(string member, string says) =>
        await FailsAsync("{ \"owners\": [ { \"name\": \"app\", \"kind\": \"remote\", " + member + " } ] }", $"owners[0].{says}");

    [Theory]
    [InlineData("ledger.txt", "is no socket")]
    [InlineData("folder", "is no socket")]
    [InlineData("link", "is no socket")]
    [InlineData("ledger.txt/s", "cannot be made")]
    public async Task What_is_at_the_path_of_the_socket_and_is_none_stays(string path, string says)
    {
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        await File.WriteAllTextAsync(_place.At("ledger.txt"), "precious", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(_place.At("folder"));
        File.CreateSymbolicLink(_place.At("link"), "nowhere");
        string config = await WriteAsync("{ " + Owners + $", \"repository\": \"{_place.Repo}\", \"socket\": {{ \"path\": \"{_place.At(path)}\" }} }}");
        (await ToolRun.HereAsync("serve", "--config", config)).Fails(2, says).SaysNo("defect");
        Assert.Equal("precious", await File.ReadAllTextAsync(_place.At("ledger.txt"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_folder_that_holds_more_than_the_socket_is_not_given_to_a_group()
    {
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        string shared = Directory.CreateDirectory(_place.At("shared")).FullName;
        _place.File("shared/utmp");
        UnixFileMode mode = File.GetUnixFileMode(shared);
        string config = await WriteAsync("{ " + Owners + $", \"repository\": \"{_place.Repo}\", \"socket\": {{ \"path\": \"{shared}/s\", \"group\": \"nogroup\" }} }}");
        (await ToolRun.HereAsync("serve", "--config", config)).Fails(2, "Choose a folder for the socket alone");
        Assert.Equal(mode, File.GetUnixFileMode(shared));
    }

    [Fact]
    public async Task A_daemon_without_an_owner_a_repository_or_a_configuration_is_refused()
    {
        (await ToolRun.HereAsync("serve")).Fails(2, "--config FILE");
        await FailsAsync("{ }", "names no owner");
        string config = await WriteAsync("{ " + Owners + " }");
        (await ToolRun.HereAsync("serve", "--config", config, "--repo", _place.Repo)).Fails(10, _place.Repo);
        (await ToolRun.HereAsync("serve", "--config", config)).Fails(2, "No repository is named");
    }

    [Fact]
    public async Task An_owner_of_another_program_is_for_the_daemon_alone()
    {
        string config = await WriteAsync("{ " + Owners + " }");
        (await _place.BackupAsync("--config", config)).Fails(2, "Owner app is in another program");
    }

    [Theory]
    [InlineData("", "{ \"zzzzzzzzzzzz\": 1 }")]
    [InlineData("owners/items", "{ \"owners\": [ { \"zzzzzzzzzzzz\": 1 } ] }")]
    [InlineData("owners/items/properties/command", "{ \"owners\": [ { \"name\": \"c\", \"kind\": \"command\", \"command\": { \"zzzzzzzzzzzz\": 1 } } ] }")]
    [InlineData("timeouts", "{ \"timeouts\": { \"zzzzzzzzzzzz\": 1 } }")]
    [InlineData("schedule", "{ \"schedule\": { \"zzzzzzzzzzzz\": 1 } }")]
    [InlineData("retention", "{ \"retention\": { \"zzzzzzzzzzzz\": 1 } }")]
    [InlineData("owners/items/properties/chain", "{ \"owners\": [ { \"name\": \"c\", \"kind\": \"directory\", \"path\": \"x\", \"chain\": { \"zzzzzzzzzzzz\": 1 } } ] }")]
    [InlineData("socket", "{ \"socket\": { \"zzzzzzzzzzzz\": 1 } }")]
    [InlineData("http", "{ \"http\": { \"zzzzzzzzzzzz\": 1 } }")]
    [InlineData("notify/items", "{ \"notify\": [ { \"zzzzzzzzzzzz\": 1 } ] }")]
    [InlineData("identities/items", "{ \"identities\": [ { \"zzzzzzzzzzzz\": 1 } ] }")]
    public async Task The_schema_beside_the_tool_has_exactly_the_members_that_are_read(string place, string text)
    {
        ToolResult result = (await ToolRun.HereAsync("serve", "--config", await WriteAsync(text), "--repo", _place.Repo)).Fails(2, "known are ");
        string known = result.Errors[(result.Errors.IndexOf("known are ", StringComparison.Ordinal) + 10)..].Trim().TrimEnd('.');
        using JsonDocument schema = JsonDocument.Parse(await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "conn.schema.json"), TestContext.Current.CancellationToken));
        JsonElement element = schema.RootElement;
        foreach (string step in place.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            element = step is "items" or "properties" ? element.GetProperty(step)
                : element.TryGetProperty("properties", out JsonElement members) ? members.GetProperty(step) : element.GetProperty(step);
        }

        Assert.Equal(known.Split(", ").Order(), element.GetProperty("properties").EnumerateObject().Select(static p => p.Name).Order());
    }

    private async Task FailsAsync(string text, string says)
    {
        string config = await WriteAsync(text);
        ToolResult result = (await ToolRun.HereAsync("serve", "--config", config, "--repo", _place.Repo)).Fails(2, says);
        Assert.DoesNotMatch("System\\.|Conn\\.Cli|\\.NET", result.Errors.Replace(config, "", StringComparison.Ordinal));
    }

    private async Task<string> WriteAsync(string text)
    {
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, text, TestContext.Current.CancellationToken);
        return config;
    }
}
