using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Mistakes that are easily made: each gets a sentence that says what was meant, and nothing is done instead.</summary>
public sealed class MistakesTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("init --repo ~/backup", "--repo")]
    [InlineData("init --repo ~", "--repo")]
    [InlineData("backup --create --repo ~/backup --dir docs=D", "--repo")]
    [InlineData("list --repo ~/backup", "--repo")]
    [InlineData("verify --repo ~other/backup", "--repo")]
    [InlineData("restore --repo R --to ~/out", "--to")]
    [InlineData("backup --repo R --dir docs=~/docs", "--dir docs")]
    [InlineData("backup --repo R --dir docs=D --exclude-file ~/patterns", "--exclude-file")]
    [InlineData("backup --repo R --config ~/conn.json", "--config")]
    [InlineData("demo --keep ~/demo", "--keep")]
    public async Task A_home_folder_that_the_shell_has_left_is_refused_wherever_a_path_is_written(string line, string says)
    {
        await _place.BackupDocsAsync();
        string[] args = Words(line);
        ToolResult result = await ToolRun.RunAsync([], args, _place.Root);
        result.Fails(2, says + ": ~", "begins with ~, which the shell replaces only at the start of a word; write the home folder out");
        Assert.False(Directory.Exists(_place.At("~")));
    }

    [Fact]
    public async Task A_separator_at_the_end_of_a_source_is_no_other_source()
    {
        await _place.BackupDocsAsync();
        (await _place.BackupAsync("--dir", $"docs={_place.Docs}/", "--increment")).Ends(0);
        (await _place.BackupAsync("--dir", $"docs={_place.Docs}/../docs", "--increment")).Ends(0);
    }

    [Fact]
    public async Task A_home_folder_in_the_variable_is_refused()
    {
        (await ToolRun.RunAsync([], ["init"], _place.Root, new Dictionary<string, string> { ["CONN_REPO"] = "~/backup" }))
            .Fails(2, "CONN_REPO: ~/backup begins with ~", "\"$HOME/backup\"");
        Assert.False(Directory.Exists(_place.At("~")));
    }

    [Theory]
    [InlineData("--force", "--force is for --in-place")]
    [InlineData("--dir docs=D", "--owner")]
    [InlineData("--sqlite docs=D", "--owner")]
    [InlineData("--best-effort docs", "--owner")]
    public async Task Options_of_a_restore_in_place_are_refused_for_a_new_place(string options, string says)
    {
        await _place.BackupDocsAsync();
        (await _place.RestoreAsync(["--to", _place.At("out"), .. Words(options)])).Fails(2, says);
        Assert.False(Directory.Exists(_place.At("out")));
    }

    [Theory]
    [InlineData("a/b", "'a/b' is no name of a marker file")]
    [InlineData(".", "'.' is no name of a marker file")]
    [InlineData("..", "'..' is no name of a marker file")]
    public async Task A_marker_that_is_no_name_is_wrong_usage(string marker, string says)
    {
        (await _place.BackupAsync([.. _place.DocsOwner, "--exclude-if-present", marker])).Fails(2, says);
        Assert.False(Directory.Exists(_place.Repo));
    }

    [Fact]
    public async Task A_pattern_that_is_too_long_is_wrong_usage()
    {
        ToolResult result = await _place.BackupAsync([.. _place.DocsOwner, "--exclude", string.Concat(Enumerable.Repeat("a*[bc]?", 20_000))]);
        Assert.Contains(result.ExitCode, (int[])[0, 2]);
        Assert.DoesNotContain("defect", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patterns_without_a_directory_owner_are_wrong_usage()
    {
        _place.WithLedger();
        (await _place.BackupAsync("--sqlite", $"ledger={_place.Database}", "--exclude", "*.tmp")).Fails(2, "directory owners");
    }

    [Fact]
    public async Task A_repository_that_a_backup_makes_is_said_with_quiet_too() =>
        Assert.Contains("created repository", (await _place.BackupAsync([.. _place.DocsOwner, "--quiet"])).Ends(0).Errors, StringComparison.Ordinal);

    [Theory]
    [InlineData("list --repo X")]
    [InlineData("verify --repo X")]
    [InlineData("show --repo X latest")]
    [InlineData("restore --repo X --to T")]
    [InlineData("backup --repo X --dir docs=D")]
    public async Task A_folder_of_other_files_is_called_no_repository(string line)
    {
        _place.File("other/my.txt");
        ToolResult result = (await ToolRun.HereAsync(Words(line))).Fails(10, "is no Conn repository: it holds other files", "mounted");
        Assert.DoesNotContain("empty or new folder", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backup --repo R --create --dir docs=L", 2)]
    [InlineData("backup --repo R --create --dir docs=L/docs", 2)]
    [InlineData("init --repo L", 10)]
    [InlineData("backup --repo L/repo --create --dir docs=D", 10)]
    [InlineData("list --repo L", 10)]
    [InlineData("verify --repo L", 10)]
    [InlineData("restore --repo R --to L", 2)]
    [InlineData("restore --repo R --to L/out", 2)]
    public async Task A_link_to_a_place_that_does_not_exist_is_called_one(string line, int code)
    {
        string link = _place.At("link");
        File.CreateSymbolicLink(link, _place.At("gone"));
        string words = line.Replace(" L", " " + link, StringComparison.Ordinal).Replace("=L", "=" + link, StringComparison.Ordinal);
        ToolResult result = await ToolRun.HereAsync([.. Words(words)]);
        result.Fails(code, $"{link} is a link to {_place.At("gone")}, which does not exist");
        Assert.False(Path.Exists(_place.At("gone")));
    }

    [Theory]
    [InlineData("202", "needs 4 characters or more")]
    [InlineData("lastest", "did you mean latest?")]
    [InlineData("ltest~1", "did you mean latest?")]
    public async Task A_set_that_is_mistyped_gets_what_was_meant(string name, string says)
    {
        await _place.BackupDocsAsync();
        (await _place.RestoreAsync("--to", _place.At("out"), "--set", name)).Fails(10, says);
    }

    [Fact]
    public async Task A_set_is_found_by_the_name_of_its_folder()
    {
        string set = await _place.BackupDocsAsync();
        string folder = Path.GetFileName(Directory.EnumerateDirectories(Path.Combine(_place.Repo, "sets")).Single());
        Assert.NotEqual(set, folder);
        (await _place.RestoreAsync("--to", _place.At("out"), "--set", folder)).Ends(0);
        (await _place.VerifyAsync("--set", folder)).Ends(0);
        Assert.Contains(set, (await ToolRun.HereAsync("show", "--repo", _place.Repo, folder)).Ends(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show --set 1", "takes its set without --set: conn show SET")]
    [InlineData("list r2", "did you mean --repo r2?")]
    [InlineData("verify backups", "did you mean --repo backups?")]
    [InlineData("completion tcsh", "no completion for 'tcsh'")]
    public async Task A_word_in_the_wrong_place_gets_what_was_meant(string line, string says)
    {
        ToolResult result = (await ToolRun.HereAsync(line.Split(' '))).Fails(2, says);
        Assert.DoesNotContain("\\x", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Short_forms_of_quiet_and_version_are_understood()
    {
        await _place.BackupDocsAsync();
        Assert.Empty((await ToolRun.HereAsync("verify", "--repo", _place.Repo, "-q")).Ends(0).Output);
        Assert.Equal((await ToolRun.RunAsync("--version")).Ends(0).Output, (await ToolRun.RunAsync("-V")).Ends(0).Output);
    }

    private string[] Words(string line) => [.. line.Split(' ').Select(w => w switch
    {
        "R" => _place.Repo,
        "T" => _place.At("out"),
        "X" => _place.At("other"),
        _ => w.Replace("=D", "=" + _place.Docs, StringComparison.Ordinal),
    })];
}
