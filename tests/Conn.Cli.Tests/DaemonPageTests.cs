using System.Globalization;
using System.Net;
using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The steps of docs/daemon.md: the configuration, the commands and the transcripts that stand there, at other places.</summary>
public sealed class DaemonPageTests : IDisposable
{
    private readonly DocumentPage _nightly = DocumentPage.Read("docs/daemon.md").Section("A nightly backup in ten minutes");
    private readonly DocumentPage _terminals = DocumentPage.Read("docs/daemon.md").Section("Two terminals");
    private readonly Workplace _place = new();
    private readonly int _port = DaemonRun.FreePort();
    private readonly Dictionary<string, string> _sets = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // The commands of the page find the tool, and a mail program that keeps what it is given.
    private Dictionary<string, string> Environ => new()
    {
        ["PATH"] = $"{_place.At("bin")}:{Path.GetDirectoryName(ToolRun.Program)}:/usr/bin:/bin",
        ["CONN_SOCKET"] = _place.At("run/conn/conn.sock"), ["CONN_REPO"] = "", ["XDG_DATA_HOME"] = _place.At("home"),
    };

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task The_steps_of_the_page_give_what_the_page_prints()
    {
        MakeSources();
        (await ShellAsync(Here(_nightly.One("`(conn init [^`]*)`")))).Ends(0);
        await WriteConfigurationAsync();

        await using ToolProcess daemon = Start(Here(_nightly.One("`(conn serve [^`]*)`")));
        await daemon.SaysAsync("Conn listens at");
        ToolProcess application = JoinedProgram.StartWebHost(Socket(), _place.At("web"));
        await application.SaysAsync(JoinedProgram.Joined);
        TreePrint docs = await TreePrint.OfAsync(_place.At("srv/docs"));
        string shop = Ledger.Print(_place.At("srv/shop.db"));

        string[] blocks = _terminals.Blocks("");
        Assert.Equal(3, blocks.Length);
        Transcript watched = Assert.Single(Transcript.Of(blocks[1]));
        await using (ToolProcess watch = Start($"{watched.Command} >&2"))
        {
            await watch.SaysAsync("Normal");
            await TypeAsync(blocks[0]);
            await watch.SaysAsync("BackupFull|Base");
            watch.Signal(LinuxCalls.Interrupt);
            string changes = Lines((await watch.EndAsync()).Ends(130).Errors, watched.Lines.Length);
            TestContext.Current.SendDiagnosticMessage($"$ {watched.Command}\n{changes}");
            watched.AssertLike(changes, _sets);
        }

        _terminals.One("(The application is killed, and the folder and the database are deleted:)\n```");
        application.Signal(LinuxCalls.Kill);
        await application.EndAsync();
        await application.DisposeAsync();
        await AbsentAsync("notes");
        Directory.Delete(_place.At("srv/docs"), recursive: true);
        File.Delete(_place.At("srv/shop.db"));
        await File.WriteAllTextAsync(_place.At("srv/app/state"), "lost", Token);
        await TypeAsync(blocks[2]);

        (await TreePrint.OfAsync(_place.At("srv/docs"))).AssertSame(docs, "docs");
        Assert.Equal(shop, Ledger.Print(_place.At("srv/shop.db")));
        Assert.Equal("counted", await File.ReadAllTextAsync(_place.At("srv/app/state"), Token));
        Assert.Contains("backup partial: ", await File.ReadAllTextAsync(_place.At("mail"), Token), StringComparison.Ordinal);
        using (HttpClient http = new())
        {
            // Best-effort owners that are absent degrade the daemon only.
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"http://127.0.0.1:{_port}/health"), Token)).StatusCode);
        }

        daemon.Signal(LinuxCalls.Terminate);
        (await daemon.EndAsync()).Ends(0);
    }

    [Fact]
    public void The_unit_runs_the_command_of_the_page_and_lies_beside_the_tool_with_the_schema()
    {
        string beside = Path.GetDirectoryName(ToolRun.Program)!;
        string[] unit = File.ReadAllLines(Path.Combine(beside, _nightly.One("copy `([^`]*)` from beside the tool")));
        string place = _nightly.One("must be there as `([^`]*)`");
        Assert.Contains($"ExecStart={Path.GetDirectoryName(place)}/{_nightly.One("`(conn serve [^`]*)`")}", unit);
        foreach (string setting in _nightly.One("The unit has\\s+`([^`]*)`").Split(' '))
        {
            Assert.Contains(setting, unit);
        }

        Assert.Contains("RuntimeDirectory=conn", unit);
        Assert.StartsWith("/run/conn/", _terminals.One("`Daemon=(\\S+) "), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(beside, _nightly.One("\"\\$schema\": \"([^\"]*)\""))));
        Assert.True(File.Exists(Path.Combine(beside, "systemd", _nightly.One(@"without a daemon \(`([^`]*)`"))));
    }

    [Fact]
    public void The_application_of_the_page_has_the_owners_that_the_configuration_names()
    {
        DocumentPage sample = DocumentPage.Read($"{_terminals.One("`Daemon=[^`]* --project ([^`]*)`")}/Program.cs");
        sample.One("""builder\.(Configuration)\["Daemon"\]""");
        string joined = sample.One(@"(?s)\.ConnectToDaemon\(socket\)(.*?);");
        const string OfPage = "are the owners of another program";
        foreach (string name in new[] { _nightly.One($"`(\\w+)` and `\\w+` {OfPage}"), _nightly.One($"`\\w+` and `(\\w+)` {OfPage}") })
        {
            Assert.Contains($"(\"{name}\", ", joined, StringComparison.Ordinal);
            _nightly.One($$"""\{ "name": "({{name}})", "kind": "remote", "bestEffort": true \}""");
        }
    }

    private static string Lines(string output, int number) => string.Join('\n', output.Split('\n').Take(number));

    private string Socket() => Environ["CONN_SOCKET"];

    /// <summary>The data that the page backs up, and its programs.</summary>
    private void MakeSources()
    {
        _place.File("srv/docs/letter", 200);
        _place.File("srv/docs/folder/invoice", 77);
        Ledger.Make(_place.At("srv/shop.db"), 3);
        _place.File("web/notes/today");
        Ledger.Make(_place.At("web/ledger.db"), 3);
        File.WriteAllText(_place.File("srv/app/state"), "counted");
        string owner = DocumentPage.Read("docs/owners.md").One(@"(?s)A new owner begins with a script such as this one.*?```sh\n(.*?)```");
        Script("srv/counter.sh", Here(owner));
        Script("bin/tell-admin", $"{_nightly.One("Its least is `([^`]*)` and `")}\n{_nightly.One("Its least is `[^`]*` and `([^`]*)`")}\n");
        Script("bin/mail", $"#!/bin/sh\nexec cat >> {_place.At("mail")}\n");
        Directory.CreateDirectory(_place.At("run"));
        Directory.CreateDirectory(_place.At("mnt/backup"));
    }

    private async Task WriteConfigurationAsync()
    {
        string file = Here(_nightly.One(@"(?m)^2\. `([^`]*)`"));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string seconds = _terminals.One("with `readinessSeconds` ([0-9]+):");
        string printed = Assert.Single(_nightly.Blocks("json"));
        string written = Here(printed).Replace("/usr/local/bin", _place.At("bin"), StringComparison.Ordinal)
            .Replace($": {_nightly.One("\"port\": ([0-9]+)")} ", string.Create(CultureInfo.InvariantCulture, $": {_port} "), StringComparison.Ordinal)
            .Replace($"\"readinessSeconds\": {_nightly.One("\"readinessSeconds\": ([0-9]+)")}", $"\"readinessSeconds\": {seconds}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, written, Token);
    }

    /// <summary>Asks until the daemon has noticed that the program of an owner is gone: the kernel says it at once, and a thread of the daemon reads
    /// it.</summary>
    private async Task AbsentAsync(string owner)
    {
        for (int asks = 0; asks < 1000; asks++)
        {
            ToolResult asked = await ToolRun.HereAsync("owners", "--json", "--socket", Socket());
            JsonElement[] owners = [.. asked.Ends(0).Json.GetProperty("owners").EnumerateArray()];
            if (owners.Single(o => o.GetProperty("name").GetString() == owner).GetProperty("state").GetString() == "absent")
            {
                return;
            }
        }

        Assert.Fail($"Owner {owner} is not absent.");
    }

    /// <summary>Runs the commands of a transcript one after the other, as a person types them.</summary>
    private async Task TypeAsync(string block)
    {
        int code = 0;
        foreach (Transcript step in Transcript.Of(block))
        {
            if (step.Command == "echo $?")
            {
                Assert.Equal(Assert.Single(step.Lines), string.Create(CultureInfo.InvariantCulture, $"{code}"));
                code = 0;
                continue;
            }

            Assert.True(code == 0, $"The page does not print the code {code} of the command before '{step.Command}'.");
            ToolResult result = await ShellAsync($"{step.Command} 2>&1");
            code = result.ExitCode;
            TestContext.Current.SendDiagnosticMessage($"$ {step.Command}\n{result.Output}");
            step.AssertLike(result.Output, _sets);
        }
    }

    /// <summary>The places of the page, below the folder of this test.</summary>
    private string Here(string text) =>
        new[] { "mnt/", "srv/", "etc/" }.Aggregate(text, (t, top) => t.Replace($"/{top}", _place.At(top), StringComparison.Ordinal));

    private void Script(string name, string text)
    {
        File.WriteAllText(_place.File(name), text);
        File.SetUnixFileMode(_place.At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private ToolProcess Start(string command) => ToolProcess.Start("/bin/sh", [], ["-c", $"exec {command}"], null, Environ);

    private async Task<ToolResult> ShellAsync(string command)
    {
        await using ToolProcess process = Start(command);
        return await process.EndAsync();
    }
}
