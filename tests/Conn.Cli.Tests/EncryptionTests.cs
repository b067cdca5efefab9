using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>An encrypted repository as a user has it: made, filled, opened by each kind of key, and of no use without one.</summary>
public sealed class EncryptionTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task What_was_backed_up_with_a_key_file_is_verified_and_restored_with_it_and_nothing_is_told_without_it()
    {
        string[] key = ["--key-file", _place.At("key")];
        ToolResult made = await RunAsync("init", ["--encrypt", .. key, "--json"]);
        made.Ends(0);
        string recovery = made.Json.GetProperty("recoveryKey").GetString()!;
        Assert.Equal(32, new FileInfo(_place.At("key")).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_place.At("key")));
        (await RunAsync("backup", [.. key, .. _place.Owners])).Ends(0);
        _place.File("home/docs/new", 5000);
        (await RunAsync("backup", [.. key, .. _place.Owners])).Ends(0);
        ToolResult verified = await RunAsync("verify", [.. key, "--json"]);
        verified.Ends(0);
        Assert.Equal(2, verified.Json.GetProperty("sets").GetInt32());
        (await RunAsync("restore", [.. key, "--to", _place.At("out")])).Ends(0);
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(_place.At("out/docs")), "the folder");

        foreach (string verb in new[] { "list", "show latest", "restore --to " + _place.At("none"), "key list" })
        {
            (await RunAsync(verb, [])).Fails(12, "is encrypted", "--key-file");
        }

        await File.WriteAllTextAsync(_place.At("recovery"), $" {recovery.ToLowerInvariant()}\n", TestContext.Current.CancellationToken);
        (await RunAsync("restore", ["--passphrase-file", _place.At("recovery"), "--to", _place.At("again")])).Ends(0);
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(_place.At("again/docs")), "the folder");
    }

    [Fact]
    public async Task Without_a_key_a_verification_finds_damage_and_says_that_nothing_was_decrypted()
    {
        string[] key = ["--key-file", _place.At("key")];
        (await RunAsync("init", ["--encrypt", .. key])).Ends(0);
        (await RunAsync("backup", [.. key, .. _place.DocsOwner])).Ends(0);
        ToolResult clean = await RunAsync("verify", ["--json"]);
        clean.Ends(0);
        Assert.Contains("nothing was decrypted", clean.Json.GetProperty("notes").ToString(), StringComparison.Ordinal);
        string data = Assert.Single(Directory.GetFiles(_place.Repo, "*.data", SearchOption.AllDirectories));
        byte[] bytes = await File.ReadAllBytesAsync(data, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(data, bytes, TestContext.Current.CancellationToken);
        Assert.Equal(6, (await RunAsync("verify", [])).ExitCode);
        Assert.Equal(6, (await RunAsync("verify", key)).ExitCode);
    }

    [Fact]
    public async Task A_pipe_that_gives_no_passphrase_is_not_waited_for_after_an_interrupt()
    {
        string pipe = _place.At("pipe");
        LinuxCalls.Fifo(pipe);
        (await RunAsync("init", ["--encrypt", "--key-file", _place.At("key")])).Ends(0);
        await using ToolProcess list = ToolRun.Start("list", "--repo", _place.Repo, "--passphrase-file", pipe);

        // It can be opened for writing when somebody reads it.
        await using FileStream writer = await Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write), TestContext.Current.CancellationToken);
        list.Signal(LinuxCalls.Terminate);
        (await list.EndAsync()).Ends(130);
    }

    [Fact]
    public async Task A_passphrase_comes_from_the_variable_a_file_or_a_command_and_two_sources_are_one_too_many()
    {
        Dictionary<string, string> variable = new() { ["CONN_PASSPHRASE"] = "correct horse" };
        (await ToolRun.RunAsync([], ["init", "--repo", _place.Repo, "--encrypt", "--no-recovery-key"], null, variable)).Ends(0);
        await File.WriteAllTextAsync(_place.At("pass"), "correct horse\nand a second line", TestContext.Current.CancellationToken);
        string[] file = ["--passphrase-file", _place.At("pass")];
        (await ToolRun.RunAsync([], ["backup", "--repo", _place.Repo, .. _place.DocsOwner], null, variable)).Ends(0);
        (await RunAsync("list", file)).Ends(0);
        (await RunAsync("list", ["--passphrase-command", $"head -n 1 {_place.At("pass")}"])).Ends(0);
        (await RunAsync("list", ["--passphrase-command", "echo wrong"])).Fails(12, "passphrase does not open");
        (await RunAsync("list", ["--passphrase-command", "exit 3"])).Fails(2, "code 3");
        (await RunAsync("list", [.. file, "--key-file", _place.At("pass")])).Fails(2, "Give one of");
        (await RunAsync("list", ["--key-file", _place.At("pass")])).Fails(2, "32 to 4096");
        (await RunAsync("list", ["--key-file", _place.At("nothing")])).Fails(2, "cannot be read");
    }

    [Fact]
    public async Task A_passphrase_that_is_not_UTF_8_is_refused_and_a_command_may_leave_an_agent_behind()
    {
        await File.WriteAllBytesAsync(_place.At("latin"), [0x74, 0x72, 0xE4, 0x0A], TestContext.Current.CancellationToken);
        (await RunAsync("init", ["--encrypt", "--no-recovery-key", "--passphrase-file", _place.At("latin")])).Fails(2, "not valid UTF-8", "--key-file");
        (await RunAsync("init", ["--encrypt", "--no-recovery-key", "--passphrase-command", "sleep 600 >&1 & echo secret; echo $! > " + _place.At("agent")])).Ends(0);
        LinuxCalls.Send(int.Parse(await File.ReadAllTextAsync(_place.At("agent"), TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture), LinuxCalls.Kill);
        (await ToolRun.HereAsync("list", "--repo", "out\uFFFD")).Fails(2, "not valid UTF-8");
    }

    [Fact]
    public async Task Keys_are_added_listed_removed_and_changed()
    {
        string[] key = ["--key-file", _place.At("key")];
        (await RunAsync("init", ["--encrypt", "--no-recovery-key", .. key])).Ends(0);
        (await RunAsync("backup", [.. key, .. _place.DocsOwner])).Ends(0);
        ToolResult added = await RunAsync("key add", [.. key, "--new-key-file", _place.At("second"), "--json"]);
        added.Ends(0);
        (await RunAsync("list", ["--key-file", _place.At("second")])).Ends(0);
        ToolResult listed = await RunAsync("key list", [.. key, "--json"]);
        Assert.Equal(2, listed.Json.GetProperty("keys").GetArrayLength());
        string second = added.Json.GetProperty("key").GetString()!;
        (await RunAsync("key remove " + second, ["--key-file", _place.At("second")])).Fails(2, "the key that opened");
        (await RunAsync("key remove " + second, key)).Ends(0);
        (await RunAsync("list", ["--key-file", _place.At("second")])).Fails(12, "does not open");
        JsonElement only = Assert.Single((await RunAsync("key list", [.. key, "--json"])).Json.GetProperty("keys").EnumerateArray());
        (await RunAsync("key remove " + only.GetProperty("id").GetString(), key)).Fails(2, "the only key");
        (await RunAsync("key rotate", [.. key, "--recovery"])).Fails(2, "--recovery");
        (await RunAsync("key rotate", key)).Fails(2, "--new-passphrase-file", "--new-key-file").SaysNo("Set CONN_PASSPHRASE");
        (await RunAsync("key add", key)).Fails(2, "--new-passphrase-file", "--new-key-file").SaysNo("Set CONN_PASSPHRASE");
        (await RunAsync("key rotate", [.. key, "--new-key-file", _place.At("third")])).Ends(0);
        (await RunAsync("list", key)).Fails(12, "does not open", "Give the key that does").SaysNo("Set CONN_PASSPHRASE");
        (await RunAsync("verify", ["--key-file", _place.At("third")])).Ends(0);
    }

    [Fact]
    public async Task A_set_that_is_added_with_an_old_key_after_a_change_of_the_keys_is_found_and_never_the_latest()
    {
        string[] old = ["--key-file", _place.At("key")];
        string[] now = ["--key-file", _place.At("second")];
        (await RunAsync("init", ["--encrypt", "--no-recovery-key", .. old])).Ends(0);
        (await RunAsync("backup", [.. old, .. _place.DocsOwner])).Ends(0);
        string copy = _place.At("copy");
        await ToolRun.OtherAsync("cp", ["-a", _place.Repo, copy]);
        (await ToolRun.HereAsync(["backup", "--repo", copy, .. old, .. _place.DocsOwner])).Ends(0);

        // This machine saw the set of the copy, as an attacker's own machine would.
        (await RunAsync("list", [.. old, "--accept-rollback"])).Ends(0);
        (await RunAsync("key rotate", [.. old, "--new-key-file", _place.At("second")])).Ends(0);
        string forged = Path.GetFileName(Directory.GetDirectories(Path.Combine(copy, "sets")).Max(StringComparer.Ordinal)!);
        await ToolRun.OtherAsync("cp", ["-a", Path.Combine(copy, "sets", forged), Path.Combine(_place.Repo, "sets")]);
        await ToolRun.OtherAsync("cp", ["-a", Path.Combine(copy, "index"), Path.Combine(_place.Repo, "index")]);
        Assert.Contains("somebody who knows that key", (await RunAsync("verify", now)).Ends(6).Output, StringComparison.Ordinal);
        (await RunAsync("restore", [.. now, "--to", _place.At("out")])).Fails(6, forged[9..]);
        (await RunAsync("backup", [.. now, .. _place.DocsOwner])).Ends(0);
        (await RunAsync("prune", [.. now, "--forget", forged[9..]])).Ends(0);
        (await RunAsync("verify", now)).Ends(0);
        (await RunAsync("restore", [.. now, "--to", _place.At("out")])).Ends(0);
    }

    [Fact]
    public async Task A_repository_that_is_not_encrypted_has_no_keys_and_is_not_opened_with_one()
    {
        await _place.BackupDocsAsync();
        (await RunAsync("key list", [])).Fails(2, "not encrypted");
        await File.WriteAllBytesAsync(_place.At("key"), new byte[32], TestContext.Current.CancellationToken);
        (await RunAsync("list", ["--key-file", _place.At("key")])).Fails(12, "not encrypted").SaysNo("CONN_PASSPHRASE").SaysNo("or give");
    }

    [Fact]
    public async Task A_key_without_encryption_makes_nothing_and_a_backup_that_makes_an_encrypted_repository_says_so()
    {
        string[] key = ["--key-file", _place.At("key")];
        await File.WriteAllBytesAsync(_place.At("key"), new byte[32], TestContext.Current.CancellationToken);
        (await RunAsync("init", key)).Fails(2, "--encrypt");
        Assert.False(Directory.Exists(_place.Repo));
        ToolResult made = await RunAsync("backup", ["--create", .. key, .. _place.DocsOwner]);
        Assert.Contains("created encrypted repository", made.Ends(0).Errors, StringComparison.Ordinal);
        (await RunAsync("list", [])).Fails(12, "is encrypted");
    }

    [Fact]
    public async Task At_a_terminal_the_passphrase_is_asked_for_and_not_shown()
    {
        await using (TerminalRun init = TerminalRun.Start(24, 80, ["init", "--encrypt", "--repo", _place.Repo]))
        {
            await init.ShowsAsync("New passphrase: ");
            init.Type("over the hills");
            await init.ShowsAsync("Once more: ");
            init.Type("over the hills");
            Assert.Equal(0, await init.EndAsync());
            Assert.DoesNotContain("hills", init.Raw, StringComparison.Ordinal);
            Assert.Contains("recovery key: ", init.Raw, StringComparison.Ordinal);
            Assert.Null(init.Screen.Overlong);
        }

        await using TerminalRun backup = TerminalRun.Start(24, 80, ["backup", "--repo", _place.Repo, .. _place.DocsOwner]);
        await backup.ShowsAsync("Passphrase or recovery key");
        backup.Type("over the hill");
        await backup.ShowsAsync("The passphrase does not open");
        backup.Type("over the hills");
        Assert.Equal(0, await backup.EndAsync());
    }

    [Fact]
    public async Task A_daemon_opens_its_repository_with_the_key_of_its_configuration()
    {
        string[] key = ["--key-file", _place.At("key")];
        (await RunAsync("init", ["--encrypt", .. key])).Ends(0);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, $", \"key\": {{ \"file\": \"{_place.At("key")}\" }}");
        (await daemon.AskAsync("backup")).Ends(0);
        (await RunAsync("verify", key)).Ends(0);
        (await ToolRun.HereAsync("list", "--config", DaemonRun.Configuration(_place))).Ends(0);
        (await ToolRun.HereAsync("doctor", "--config", DaemonRun.Configuration(_place))).Ends(0);
    }

    private Task<ToolResult> RunAsync(string verb, string[] more) => ToolRun.HereAsync([.. verb.Split(' '), "--repo", _place.Repo, .. more]);
}
