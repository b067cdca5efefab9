using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The file of --config: each member that is wrong ends with 2 and a sentence with file, line, member and what is expected.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("""{ "repository": 1 }""", "line 1: repository: a text is expected, not the number 1.")]
    [InlineData("""{ "repository": null }""", "line 1: repository: a text is expected, not null.")]
    [InlineData("""{ "repository": "" }""", "line 1: repository: the path is empty")]
    [InlineData("""{ "repository": "a\u0000b" }""", "line 1: repository: the path is empty, or no path.")]
    [InlineData("""{ "repository": "~/backup" }""", "line 1: repository: ~/backup begins with ~")]
    [InlineData("""{ "repository": "\ud800" }""", "line 1: repository: the text holds half of a character")]
    [InlineData("""{ "Repository": "r" }""", "line 1: Repository: there is no such member; did you mean repository?")]
    [InlineData("""{ "repository": "a", "repository": "b" }""", "line 1: repository: this member is there twice")]
    [InlineData("""{ "owners": {} }""", "line 1: owners: a list is expected, not an object.")]
    [InlineData("""{ "owners": [ null ] }""", "line 1: owners[0]: an object is expected, not null.")]
    [InlineData("""{ "timeouts": 5 }""", "line 1: timeouts: an object is expected, not the number 5.")]
    [InlineData("""{ "timeouts": { "noProgressSeconds": "5" } }""", "timeouts.noProgressSeconds: a number of seconds is expected, not the text \"5\".")]
    [InlineData("""{ "timeouts": { "readinessSeconds": 0 } }""", "timeouts.readinessSeconds: must be 0.001 to 86400, not 0.")]
    [InlineData("""{ "timeouts": { "leaseSeconds": 1e999 } }""", "timeouts.leaseSeconds: must be 0.001 to 86400")]
    [InlineData("""{ "timeouts": { "leaseSecond": 1 } }""", "timeouts.leaseSecond: there is no such member; did you mean leaseSeconds?")]
    [InlineData("""[]""", "line 1: an object is expected, not a list.")]
    public async Task A_member_of_the_file_that_is_wrong_is_named(string text, string says) => await FailsAsync(text, says);

    [Theory]
    [InlineData("\"name\": 1", "owners[1].name: a text is expected")]
    [InlineData("\"name\": \"..\"", "owners[1].name: '..' is not a legal owner name")]
    [InlineData("\"kind\": \"tape\"", "owners[1].kind: 'tape' is unknown; known are directory, sqlite, command and remote.")]
    [InlineData("\"path\": []", "owners[1].path: a text is expected, not a list.")]
    [InlineData("\"drives\": { \"E\": \"x\" }", "owners[1].drives: there is path as well")]
    [InlineData("\"sid\": 5", "owners[1].sid: a text is expected")]
    [InlineData("\"sid\": \"0x0\"", "owners[1].sid: '0x0' is not 0x")]
    [InlineData("\"bestEffort\": \"yes\"", "owners[1].bestEffort: true or false is expected, not the text \"yes\".")]
    [InlineData("\"crossMounts\": 1", "owners[1].crossMounts: true or false is expected")]
    [InlineData("\"exclude\": \"*.tmp\"", "owners[1].exclude: a list is expected, not the text \"*.tmp\".")]
    [InlineData("\"exclude\": [ 1 ]", "owners[1].exclude[0]: a text is expected")]
    [InlineData("\"excludes\": [ \"*.tmp\" ]", "owners[1].excludes: there is no such member; did you mean exclude?")]
    [InlineData("\"BestEffort\": true", "owners[1].BestEffort: there is no such member; did you mean bestEffort?")]
    [InlineData("\"excludeFile\": true", "owners[1].excludeFile: a text is expected")]
    [InlineData("\"excludeFile\": \"none\"", "owners[1].excludeFile: ")]
    [InlineData("\"excludeCaches\": []", "owners[1].excludeCaches: true or false is expected")]
    [InlineData("\"excludeIfPresent\": [ \"a/b\" ]", "owners[1]: Owner docs: 'a/b' is no name of a marker file")]
    [InlineData("\"restoreAfter\": \"one\"", "owners[1].restoreAfter: a list is expected")]
    [InlineData("\"restoreAfter\": [ \"oen\" ]", "owners[1].restoreAfter: there is no owner 'oen'; did you mean one?")]
    [InlineData("\"restoreAfter\": [ \"docs\" ]", "owners[1].restoreAfter: docs cannot be restored after itself.")]
    [InlineData("\"noProgressSeconds\": -1", "owners[1].noProgressSeconds: must be 0.001 to 86400, not -1.")]
    [InlineData("\"frobnicate\": 1", "owners[1].frobnicate: there is no such member; known are name, ")]
    public async Task A_member_of_an_owner_that_is_wrong_is_named_with_its_line(string member, string says)
    {
        string[] defaults = [.. ((string[])["\"name\": \"docs\"", "\"kind\": \"directory\"", "\"path\": \"home/docs\""]).Where(d => d.Split(':')[0] != member.Split(':')[0])];
        string text = "{ \"owners\": [\n  { \"name\": \"one\", \"kind\": \"directory\", \"path\": \"home\" },\n  { " + string.Join(", ", defaults) + ",\n    " + member + " } ] }";
        await FailsAsync(text, says.Contains("owners[1]: Owner", StringComparison.Ordinal) ? "line 3: " + says : "line 4: " + says);
    }

    [Theory]
    [InlineData("\"drives\": {}", "owners[0].drives: at least one drive is expected")]
    [InlineData("\"drives\": { \"1\": \"x\" }", "owners[0].drives.1: '1' is not a drive")]
    [InlineData("\"drives\": { \"C\": \"x\", \"c\": \"y\" }", "owners[0].drives.c: 'c' is not a drive of its own")]
    [InlineData("\"drives\": { \"C\": 1 }", "owners[0].drives.C: a text is expected")]
    [InlineData("\"bestEffort\": true", "owners[0]: path or drives is missing.")]
    public async Task Places_that_are_wrong_are_named(string member, string says) =>
        await FailsAsync("{ \"owners\": [ { \"name\": \"docs\", \"kind\": \"directory\", " + member + " } ] }", says);

    [Theory]
    [InlineData("\"exclude\": [ \"*.tmp\" ]", "exclude")]
    [InlineData("\"excludeFile\": \"x\"", "excludeFile")]
    [InlineData("\"excludeCaches\": true", "excludeCaches")]
    [InlineData("\"excludeIfPresent\": [ \"x\" ]", "excludeIfPresent")]
    [InlineData("\"crossMounts\": true", "crossMounts")]
    public async Task What_only_directories_have_is_refused_for_a_database(string member, string says) => await FailsAsync(
        "{ \"owners\": [ { \"name\": \"db\", \"kind\": \"sqlite\", \"path\": \"x\", " + member + " } ] }", $"owners[0].{says}: this is for directory owners");

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(" \n", "is empty")]
    [InlineData("{\n  \"owners\": [\n    x\n", "line 3, column 5: this is not JSON.")]
    [InlineData("{\n  \"owners\": [", "line 2, column ")]
    [InlineData("{} {}", "line 1, column 4: this is not JSON.")]
    public async Task A_file_that_is_no_JSON_says_where(string text, string says) => await FailsAsync(text, says);

    [Fact]
    public async Task Comments_trailing_commas_and_an_owner_of_the_command_line_are_understood()
    {
        string config = await WriteAsync("""
            {
              // nightly
              "owners": [ { "name": "docs", "kind": "directory", "path": "home/docs", "restoreAfter": [ "other" ], }, ],
              "timeouts": { "noProgressSeconds": 86400, "readinessSeconds": 5.5, "leaseSeconds": 60 },
            }
            """);
        _place.File("other/o");
        (await _place.BackupAsync("--config", config, "--dir", $"other={_place.At("other")}")).Ends(0);
    }

    [Fact]
    public async Task Places_that_are_longer_together_than_a_set_can_keep_are_no_defect()
    {
        string deep = string.Concat(Enumerable.Repeat(new string('d', 100) + "/", 3));
        string drives = string.Join(", ", Enumerable.Range('A', 26).Select(c => $"\"{(char)c}\": \"{(char)c}/{deep}\""));
        for (int c = 'A'; c <= 'Z'; c++)
        {
            _place.File($"{(char)c}/{deep}f");
        }

        string config = await WriteAsync("{ \"owners\": [ { \"name\": \"many\", \"kind\": \"directory\", \"drives\": { " + drives + " } } ] }");
        Assert.DoesNotContain("defect", (await _place.BackupAsync("--config", config)).Errors, StringComparison.Ordinal);
    }

    private async Task FailsAsync(string text, string says)
    {
        string config = await WriteAsync(text);
        ToolResult result = (await _place.BackupAsync("--config", config)).Fails(2, config, says);
        Assert.DoesNotMatch("System\\.|Conn\\.Cli|isFinalBlock|\\.NET", result.Errors.Replace(config, "", StringComparison.Ordinal));
        Assert.False(Directory.Exists(_place.Repo));
    }

    private async Task<string> WriteAsync(string text)
    {
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, text, TestContext.Current.CancellationToken);
        return config;
    }
}
