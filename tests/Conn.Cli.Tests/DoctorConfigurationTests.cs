using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>What the doctor finds in a configuration and at the places that it names.</summary>
public sealed class DoctorConfigurationTests : IDisposable
{
    private const string Docs = """{ "name": "docs", "kind": "directory", "path": "home/docs" }""";

    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("{ \"owners\": 1 }", "line 1: owners: a list is expected")]
    [InlineData("{", "this is not JSON.")]
    [InlineData("{ \"schedule\": { \"timeZone\": \"Berlin\" } }", "this machine knows no time zone 'Berlin'")]
    [InlineData("{ \"notify\": [ { \"command\": [ \"none\" ] } ] }", "there is no program")]
    [InlineData("{ \"owners\": [ " + Docs + ", " + Docs + " ] }", "Owner docs is named twice")]
    public async Task A_configuration_that_cannot_be_used_is_a_problem(string text, string says) =>
        (await ExamineAsync(text)).Ends(2).Finds("configuration", "problem", says).SaysWhatToDo();

    [Fact]
    public async Task A_file_that_is_not_there_is_a_problem_and_one_without_owners_a_warning()
    {
        (await DoctorRun.HereAsync("--config", _place.At("none"), "--socket", _place.At("s"))).Ends(2).Finds("configuration", "problem", "cannot be read");
        (await ExamineAsync("{}")).Ends(0).Finds("configuration", "warning", "names no owner").SaysWhatToDo();
    }

    [Fact]
    public async Task A_source_that_is_there_is_in_order_and_a_missing_one_a_problem_unless_it_is_best_effort()
    {
        await _place.BackupDocsAsync();
        (await ExamineAsync($$"""{ "repository": "repo", "owners": [ {{Docs}} ] }""")).Ends(0).Finds("configuration", "ok", "names 1 owner")
            .Finds("owner docs", "ok", _place.Docs).Finds("repository", "ok", "may read it");
        (await ExamineAsync("""{ "owners": [ { "name": "docs", "kind": "directory", "path": "gone" } ] }""")).Ends(2)
            .Finds("owner docs", "problem", $"{_place.At("gone")} does not exist.").SaysWhatToDo();
        (await ExamineAsync("""{ "owners": [ { "name": "db", "kind": "sqlite", "path": "home", "bestEffort": true } ] }""")).Ends(0)
            .Finds("owner db", "warning", "is a folder").SaysWhatToDo();
    }

    [Fact]
    public async Task A_file_that_does_not_begin_like_a_database_is_a_problem_and_an_empty_one_is_not()
    {
        string file = _place.File("home/text.db", randomBytes: 9000);
        const string text = """{ "owners": [ { "name": "db", "kind": "sqlite", "path": "home/text.db"MORE } ] }""";
        (await ExamineAsync(text.Replace("MORE", "", StringComparison.Ordinal))).Ends(1).Finds("owner db", "problem", $"{file} is no SQLite database").SaysWhatToDo();
        (await ExamineAsync(text.Replace("MORE", """, "bestEffort": true""", StringComparison.Ordinal))).Ends(0).Finds("owner db", "warning", "is no SQLite database");
        await File.WriteAllBytesAsync(file, [], TestContext.Current.CancellationToken);
        (await ExamineAsync(text.Replace("MORE", "", StringComparison.Ordinal))).Ends(0).Finds("owner db", "ok", file);
    }

    [Fact]
    public async Task A_schedule_without_an_owner_is_a_problem_as_the_daemon_does_not_start()
    {
        (await ExamineAsync("""{ "repository": "repo", "schedule": { "times": [ "0 2 * * *" ] } }""")).Ends(2).Finds("configuration", "problem", "names no owner");
        (await ToolRun.HereAsync("serve", "--config", Config)).Fails(2, $"--config {Config}: owners: the file names no owner");
    }

    [Fact]
    public async Task A_home_folder_in_a_configuration_is_told_as_a_whole_path_because_no_shell_reads_it()
    {
        string says = $"write the whole path, for example {Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)}/docs.";
        await WriteAsync("""{ "repository": "repo", "owners": [ { "name": "docs", "kind": "directory", "path": "~/docs" } ] }""");
        (await ToolRun.HereAsync("backup", "--config", Config)).Fails(2, "line 1: owners[0].path", "begins with ~", says)
            .SaysNo("$HOME");
    }

    [Fact]
    public async Task A_key_file_that_others_may_read_is_a_warning()
    {
        string file = _place.File("backup.key");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        (await ExamineAsync("""{ "key": { "file": "backup.key" } }""")).Ends(0).Finds("key", "warning", $"Other users may read {file}").Advises("key", "chmod 600").SaysWhatToDo();
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        (await ExamineAsync("""{ "key": { "file": "backup.key" } }""")).Ends(0).Finds("key", "ok", file);
    }

    [Fact]
    public async Task Where_the_configuration_or_the_key_cannot_be_used_nothing_else_is_advised()
    {
        await _place.BackupDocsAsync();
        await WriteAsync("""{ "repository": "repo", "schedule": { "timeZone": "Berlin" } }""");
        foreach (string[] repo in (string[][])[[], ["--repo", _place.Repo]])
        {
            (await DoctorRun.HereAsync(["--config", Config, "--socket", _place.At("s"), .. repo])).Ends(2).Finds("configuration", "problem", "Berlin")
                .Advises("configuration", "docs/daemon.md").Finds("repository", "warning", "not examined").Advises("repository", "Correct the configuration");
        }

        (await DoctorRun.HereAsync("--config", _place.At("none"), "--socket", _place.At("s"))).Ends(2).Advises("configuration", "--config");
        (await ExamineAsync("{ }")).Advises("repository", $"as repository in {Config}");
        (await ExamineAsync("""
            {
              "repository": "repo",
              "key": { "file": "gone.key" }
            }
            """)).Ends(2).Finds("repository", "problem", $"--config {Config}, line 3: key.file: {_place.At("gone.key")} cannot be read").Advises("repository", "names the key");
        (await DoctorRun.HereAsync("--repo", _place.Repo, "--socket", _place.At("s"), "--key-file", _place.At("none"))).Ends(2)
            .Finds("repository", "problem", "--key-file").Advises("repository", "names the key");
    }

    [Fact]
    public async Task Of_the_disk_of_a_source_that_is_missing_nothing_is_said()
    {
        await _place.BackupDocsAsync();
        const string missing = """{ "name": "gone", "kind": "directory", "path": "gone" }""";
        (await ExamineAsync($$"""{ "repository": "repo", "owners": [ {{missing}} ] }""")).Ends(2).Says("another disk", 0).Says("the same disk", 0);
        (await ExamineAsync($$"""{ "repository": "repo", "owners": [ {{missing}}, {{Docs}} ] }""")).Ends(2).Says("disk as the source of docs", 1);
    }

    [Fact]
    public async Task A_source_that_this_user_may_not_read_is_a_problem()
    {
        string[] launcher = await Powers.WithoutAsync();
        File.SetUnixFileMode(_place.Docs, UnixFileMode.UserRead);
        await WriteAsync($$"""{ "owners": [ {{Docs}} ] }""");
        (await DoctorRun.RunAsync(launcher, "--config", Config, "--socket", _place.At("s"))).Ends(12)
            .Finds("owner docs", "problem", $"This user may not read {_place.Docs}.").SaysWhatToDo();
        File.SetUnixFileMode(_place.Docs, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task Programs_are_there_and_executable()
    {
        string program = _place.File("program");
        string text = """
            { "owners": [ { "name": "shop", "kind": "command", "command": { "program": "program" } },
                { "name": "gone", "kind": "command", "command": { "program": "gone" } } ],
              "notify": [ { "command": [ "program" ] } ] }
            """;
        (await ExamineAsync(text)).Ends(2).Finds("owner shop", "problem", $"may not execute {program}").Finds("owner gone", "problem", "does not exist")
            .Finds("notification", "warning", $"may not execute {program}").SaysWhatToDo();
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (await ExamineAsync(text)).Ends(2).Finds("owner shop", "ok", program).Finds("notification", "ok", program);
    }

    [Fact]
    public async Task A_remote_owner_that_no_identity_serves_is_a_warning()
    {
        const string remote = """ "owners": [ { "name": "app", "kind": "remote" } ] """;
        (await ExamineAsync($$"""{ {{remote}} }""")).Ends(0).Finds("owner app", "warning", "No identity").SaysWhatToDo();
        (await ExamineAsync($$"""{ {{remote}}, "identities": [ { "user": "1", "owners": [ "app" ] } ] }""")).Ends(0).Finds("owner app", "ok", "may serve it");
    }

    [Fact]
    public async Task A_schedule_without_a_daemon_is_a_warning_and_its_zone_is_named()
    {
        (await ExamineAsync($$"""{ "owners": [ {{Docs}} ], "schedule": { "times": [ "0 2 * * *" ], "timeZone": "Europe/Berlin" } }""")).Ends(0)
            .Finds("socket", "warning", "no daemon runs").Finds("clock", "ok", "Europe/Berlin").SaysWhatToDo();
        (await ExamineAsync($$"""{ "owners": [ {{Docs}} ] }""")).Ends(0).Finds("socket", "ok", "No daemon runs at");
    }

    private string Config => _place.At("conn.json");

    private Task WriteAsync(string text) => File.WriteAllTextAsync(Config, text, TestContext.Current.CancellationToken);

    private async Task<DoctorRun> ExamineAsync(string text)
    {
        await WriteAsync(text);
        return await DoctorRun.HereAsync("--config", Config, "--socket", _place.At("s"));
    }
}
