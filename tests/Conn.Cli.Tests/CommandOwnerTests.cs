using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Command owners on the command line and in a configuration.</summary>
public sealed class CommandOwnerTests : IDisposable
{
    private const string Body = """
        case "$1" in
        backup) cat "$R/data" ;;
        restore) cat > "$CONN_STAGING/new" ;;
        commit) cp "$CONN_STAGING/new" "$R/data" ;;
        freeze) [ ! -e "$R/frozen" ] && : > "$R/frozen" ;;
        thaw) rm "$R/frozen" ;;
        esac
        """;

    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_program_is_backed_up_lost_and_restored_in_place_with_a_folder_and_its_stream_can_be_had_as_a_file()
    {
        string data = _place.File("home/data", 200_000);
        byte[] before = await File.ReadAllBytesAsync(data, TestContext.Current.CancellationToken);
        string config = await ConfigAsync($$"""{ "program": "{{Program(Body)}}", "staging": "staging", "freeze": true, "stageSeconds": 60 }""");
        string[] owners = [.. _place.DocsOwner, "--config", config];
        JsonElement report = (await _place.BackupAsync([.. owners, "--json"])).Ends(0).Json;
        JsonElement service = report.GetProperty("owners").EnumerateArray().Single(o => o.GetProperty("name").GetString() == "service");
        Assert.Equal("base", service.GetProperty("type").GetString());
        Assert.Equal(_place.At("home/program"), service.GetProperty("source").GetString());
        Assert.False(File.Exists(_place.At("home/frozen")), "thaw has not run");

        await File.WriteAllTextAsync(data, "lost", TestContext.Current.CancellationToken);
        Directory.Delete(_place.Docs, recursive: true);
        JsonElement plan = (await _place.RestoreAsync(["--in-place", .. owners, "--dry-run", "--json"])).Ends(0).Json;
        Assert.Contains("what its program", plan.ToString(), StringComparison.Ordinal);
        (await _place.RestoreAsync(["--in-place", .. owners])).Ends(0);
        Assert.Equal(before, await File.ReadAllBytesAsync(data, TestContext.Current.CancellationToken));
        Assert.True(Directory.Exists(_place.Docs));

        (await _place.RestoreAsync("--to", _place.At("out"))).Ends(0);
        Assert.Equal(before, await File.ReadAllBytesAsync(_place.At("out/service/stream"), TestContext.Current.CancellationToken));
        (await _place.VerifyAsync(owners)).Ends(0);
    }

    [Theory]
    [InlineData("echo half; echo no room >&2; exit 3", 1, "General", "no room", false)]
    [InlineData("echo later >&2; exit 75", 1, "NotReady", "later", true)]
    [InlineData("echo policy >&2; exit 77", 1, "NotSupported", "policy", false)]
    public async Task A_program_that_fails_is_reported_with_its_last_lines_and_the_others_are_kept(
        string body, int exitCode, string error, string says, bool retryable)
    {
        string[] owners = [.. _place.DocsOwner, "--config", await ConfigAsync($$"""{ "program": "{{Program(body)}}", "staging": "staging" }""")];
        ToolResult result = await _place.BackupAsync([.. owners, "--json"]);
        JsonElement[] reported = [.. result.Json.GetProperty("owners").EnumerateArray()];
        JsonElement service = reported.Single(o => o.GetProperty("name").GetString() == "service");
        Assert.Equal("failed", service.GetProperty("outcome").GetString());
        Assert.Equal(error, service.GetProperty("error").GetString());
        Assert.Equal(retryable, service.GetProperty("retryable").GetBoolean());
        Assert.Contains(says, service.GetProperty("errors").ToString(), StringComparison.Ordinal);
        Assert.Equal("succeeded", reported.Single(o => o.GetProperty("name").GetString() == "docs").GetProperty("outcome").GetString());
        result.Ends(error == "NotSupported" ? 4 : exitCode);
    }

    [Fact]
    public async Task What_a_program_wrote_without_a_full_stop_is_a_sentence_of_its_own_and_its_owner_is_named_once()
    {
        const string body = "case \"$1\" in plan) echo no connections >&2; exit 75 ;; backup) cat \"$R/data\" ;; esac";
        _place.File("home/data");
        string config = await ConfigAsync($$"""{ "program": "{{Program(body)}}", "staging": "staging", "plan": true }""");
        ToolResult backup = await _place.BackupAsync("--config", config);
        backup.Ends(0);
        ToolResult restore = await _place.RestoreAsync("--in-place", "--config", config);
        Assert.NotEqual(0, restore.ExitCode);
        Assert.Contains("no connections. --to DIR is another place.", restore.Errors, StringComparison.Ordinal);
        File.WriteAllText(_place.At("home/program"), "#!/bin/sh\necho no connections >&2; exit 75\n");
        ToolResult failed = await _place.BackupAsync("--config", config);
        Assert.NotEqual(0, failed.ExitCode);
        Assert.DoesNotContain("Owner service: Owner service", failed.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gone", "does not exist")]
    [InlineData("home", "needs the program's file")]
    [InlineData("home/docs/0/f0000", "not executable")]
    public async Task A_program_that_cannot_be_run_ends_with_2_before_anything_is_begun(string program, string says)
    {
        (await _place.BackupAsync("--command", $"service={_place.At(program)}")).Fails(2, "service", says);
        Assert.False(Directory.Exists(_place.Repo));
        string set = await _place.BackupDocsAsync();
        (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, "--command", $"service={_place.At(program)}"])).Fails(2, "service", says);
        await _place.AssertCleanAsync(set);
    }

    [Theory]
    [InlineData("""{ }""", "command: program is missing")]
    [InlineData("""{ "program": "p", "argument": [] }""", "argument")]
    [InlineData("""{ "program": 3 }""", "program")]
    [InlineData("""{ "program": "p", "arguments": [null] }""", "command.arguments")]
    [InlineData("""{ "program": "p", "environment": { "CONN_STAGE": "x" } }""", "command.environment")]
    [InlineData("""{ "program": "p", "environment": { "A": null } }""", "command.environment")]
    [InlineData("""{ "program": "p", "staging": "" }""", "command.staging")]
    [InlineData("""{ "program": "p", "freeze": "yes" }""", "freeze")]
    [InlineData("""{ "program": "p", "stageSeconds": 0 }""", "command.stageSeconds")]
    [InlineData("""{ "program": "p", "killSeconds": -1 }""", "command.killSeconds")]
    [InlineData("""{ "program": "p" }, "path": "x" """, "a command owner has a program")]
    [InlineData("""{ "program": "p" }, "kind": "directory", "path": "x" """, "is for kind command")]
    [InlineData("null", "command: an object is expected, not null")]
    public async Task A_member_that_is_wrong_ends_with_2_and_is_named(string command, string says)
    {
        (await _place.BackupAsync("--config", await ConfigAsync(command))).Fails(2, says);
        Assert.False(Directory.Exists(_place.Repo));
    }

    private string Program(string body)
    {
        string path = _place.File("home/program");
        File.WriteAllText(path, $"#!/bin/sh\nR='{_place.At("home")}'\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    private async Task<string> ConfigAsync(string command)
    {
        string kind = command.Contains("\"kind\"", StringComparison.Ordinal) ? "" : "\"kind\": \"command\", ";
        string path = _place.At("owners.json");
        await File.WriteAllTextAsync(
            path, $$"""{ "owners": [ { "name": "service", {{kind}}"command": {{command}} } ] }""", TestContext.Current.CancellationToken);
        return path;
    }
}
