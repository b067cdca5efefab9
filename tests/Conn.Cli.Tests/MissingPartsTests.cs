using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The tool without what it needs: it says what is missing, and leaves nothing half made.</summary>
public sealed class MissingPartsTests
{
    private const string NotNative = "The tool is not a program of native code here.";

    /// <summary>Whether the published tool is one file of native code, which needs no assembly beside it.</summary>
    public static bool IsNative => new FileInfo(ToolRun.Program).Length > 10 << 20;

    [Fact(Skip = NotNative, SkipUnless = nameof(IsNative))]
    public async Task Without_the_library_of_SQLite_the_database_fails_by_name_and_the_folder_is_backed_up()
    {
        using Workplace place = new Workplace().WithDocs(3).WithLedger();
        ToolResult result = await RunAloneAsync(place, ["backup", "--create", "--repo", place.Repo, .. place.Owners]);
        result.Ends(4).SaysNo("TypeInitialization");
        Assert.Contains("e_sqlite3, could not be loaded", result.Output + result.Errors, StringComparison.Ordinal);
    }

    [Fact(Skip = NotNative, SkipUnless = nameof(IsNative))]
    public async Task Without_the_library_of_SQLite_the_doctor_names_it()
    {
        using Workplace place = new Workplace().WithDocs(3).WithLedger();
        await File.WriteAllTextAsync(place.At("conn.json"), $$"""
            { "repository": "{{place.Repo}}", "owners": [{ "name": "ledger", "kind": "sqlite", "path": "{{place.Database}}" }] }
            """, TestContext.Current.CancellationToken);
        ToolResult result = await RunAloneAsync(place, "doctor", "--config", place.At("conn.json"));
        Assert.Contains("owner ledger: SQLite's library, e_sqlite3, could not be loaded", result.Output, StringComparison.Ordinal);
    }

    [Fact(Skip = NotNative, SkipUnless = nameof(IsNative))]
    public async Task Without_the_library_of_passphrases_nothing_is_created()
    {
        using Workplace place = new();
        await File.WriteAllTextAsync(place.At("secret"), "long enough\n", TestContext.Current.CancellationToken);
        ToolResult result = await RunAloneAsync(place, "init", "--encrypt", "--repo", place.Repo, "--passphrase-file", place.At("secret"));
        result.Fails(1, "libsodium", "copy all of them").SaysNo("defect");
        Assert.False(Directory.Exists(place.Repo));
    }

    [Fact]
    public void Without_memory_or_room_for_a_thread_it_is_told_to_try_later() =>
        Assert.Equal(ExitCode.TryLater, ExitCodes.Of(new TaskSchedulerException(new InsufficientMemoryException())));

    [Fact]
    public async Task In_a_folder_that_was_removed_a_relative_path_is_wrong_usage()
    {
        using Workplace place = new();
        string gone = place.At("gone");
        await using ToolProcess process = ToolProcess.Start("bash", [], ["-c", $"mkdir {gone}; cd {gone}; rmdir {gone}; exec {ToolRun.Program} list --repo repo"]);
        (await process.EndAsync()).Fails(2, "current folder does not exist any more");
    }

    [Fact]
    public async Task A_relative_socket_of_the_environment_is_in_the_current_folder()
    {
        using Workplace place = new();
        ToolResult result = await ToolRun.RunAsync([], ["status"], place.Root, new Dictionary<string, string> { ["CONN_SOCKET"] = "none.sock" });
        result.Fails(10, place.At("none.sock"));
    }

    // The program alone, without its libraries.
    private static async Task<ToolResult> RunAloneAsync(Workplace place, params string[] args)
    {
        string alone = Directory.CreateDirectory(place.At("alone")).FullName;
        File.Copy(ToolRun.Program, Path.Combine(alone, "conn"));
        await using ToolProcess process = ToolProcess.Start(Path.Combine(alone, "conn"), [], args);
        return await process.EndAsync();
    }
}
