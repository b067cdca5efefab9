using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Conn.Cli.Doctor;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Hosting;
using Conn.PubSub;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>What the doctor finds at a socket and of a daemon, most of it of a daemon in a process of its own.</summary>
public sealed class DoctorDaemonTests : IDisposable
{
    private const string Nightly = """, "schedule": { "times": [ "0 2 * * *" ] }""";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_daemon_in_order_names_its_repository_its_next_backup_and_its_owners()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, Nightly);
        (await AskAsync()).Ends(0).SaysWhatToDo().Finds("owner docs", "warning", "never been backed up")
            .Finds("repository", "ok", _place.Repo + " is repository");
        (await daemon.AskAsync("backup")).Ends(0);
        (await AskAsync()).Ends(0).SaysWhatToDo().Finds("socket", "ok", "A daemon answers").Finds("daemon", "ok", "Normal, and no operation runs")
            .Finds("daemon", "ok", "The next backup is at").Finds("owner docs", "ok", "Its newest backup is")
            .Finds("owner ledger", "ok", "Its newest backup is")
            .FindsNo("", "problem");
        (await DoctorRun.HereAsync("--config", DaemonRun.Configuration(_place))).Ends(0).Finds("socket", "ok", "A daemon answers");

        (await ToolRun.HereAsync("init", "--repo", _place.At("other"))).Ends(0);
        (await AskAsync("--repo", _place.At("other"))).Ends(0).Finds("daemon", "warning", $"It backs up into {_place.Repo}, and not into").SaysWhatToDo();
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);
    }

    [Fact]
    public async Task A_configuration_that_the_daemon_does_not_run_is_a_warning_for_each_difference()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, Nightly);
        await DaemonRun.WriteAsync(_place, "", withRemote: true, bestEffort: true);
        daemon.Process.Signal(LinuxCalls.HangUp);
        await daemon.Process.SaysAsync("Owners are no longer as when the daemon started: ledger, app.");
        string text = await File.ReadAllTextAsync(DaemonRun.Configuration(_place), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(DaemonRun.Configuration(_place), text.Replace(_place.Docs, _place.Root, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await DoctorRun.HereAsync("--config", DaemonRun.Configuration(_place))).SaysWhatToDo()
            .Finds("owner app", "warning", "the daemon that runs does not have it").Finds("owner ledger", "warning", "in the configuration best effort")
            .Finds("owner docs", "warning", $"The daemon that runs backs up {_place.Docs}");
    }

    [Fact]
    public async Task A_backup_that_is_too_old_is_a_warning_and_then_a_problem()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, Nightly);
        (await daemon.AskAsync("backup")).Ends(0);
        Assert.DoesNotContain(await AfterHoursAsync(47), IsOldDocs);
        Assert.Equal(FindingLevel.Warning, (await AfterHoursAsync(49)).Single(IsOldDocs).Level);
        Finding[] old = await AfterHoursAsync(51);
        Assert.Equal(FindingLevel.Problem, old.Single(IsOldDocs).Level);
        Assert.Equal(ExitCode.Failed, ExitCodes.Worst(old.Select(static f => f.Code)));
        Assert.Equal(FindingLevel.Problem, (await new DoctorClock(TimeSpan.FromHours(51)).ExamineAsync(null, null, Socket)).Single(IsOldDocs).Level);

        static bool IsOldDocs(Finding finding) => finding.About == "owner docs" && finding.What.Contains(" hours old, ", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_that_failed_and_one_that_is_absent_are_named()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        Ledger.Damage(_place.Database);
        (await daemon.AskAsync("backup")).Ends(1);
        (await AskAsync()).Ends(1).Finds("owner ledger", "problem", "It failed in the last operation").SaysWhatToDo();
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);

        string config = _place.At("remote.json");
        await File.WriteAllTextAsync(config, $$"""
            { "repository": "repo", "socket": { "path": "run/s" }, "owners": [ { "name": "app", "kind": "remote" } ] }
            """, TestContext.Current.CancellationToken);
        await using ToolProcess remote = ToolRun.Start("serve", "--config", config);
        await remote.SaysAsync("Conn listens at");
        (await DoctorRun.HereAsync("--config", config)).Finds("owner app", "warning", "is not connected")
            .Finds("owner app", "warning", "No identity").SaysWhatToDo();
        remote.Signal(LinuxCalls.Terminate);
        Assert.Equal(0, (await remote.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task The_socket_of_a_killed_daemon_is_a_warning()
    {
        await using (DaemonRun daemon = await DaemonRun.StartAsync(_place))
        {
            daemon.Process.Signal(LinuxCalls.Kill);
            await daemon.Process.EndAsync();
        }

        (await AskAsync()).Ends(0).Finds("socket", "warning", "no daemon listens").SaysWhatToDo();
    }

    [Fact]
    public async Task A_folder_of_the_socket_that_others_may_write_is_a_problem_and_that_of_another_user_a_warning()
    {
        Directory.CreateDirectory(_place.At("run"));
        File.SetUnixFileMode(_place.At("run"), Private | UnixFileMode.OtherWrite);
        (await AskAsync()).Ends(12).Finds("socket", "problem", "Other users may write into").SaysWhatToDo();
        File.SetUnixFileMode(_place.At("run"), Private);
        (await AskAsync()).Ends(0).FindsNo("socket", "problem").FindsNo("socket", "warning");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a folder away.");
        await ToolRun.OtherAsync("chown", "1", _place.At("run"));
        (await AskAsync()).Ends(0).Finds("socket", "warning", "belongs to user 1").SaysWhatToDo();
    }

    [Fact]
    public async Task A_socket_that_this_user_may_not_use_is_a_problem()
    {
        string[] launcher = await Powers.WithoutAsync();
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        File.SetUnixFileMode(Socket, UnixFileMode.None);
        (await DoctorRun.RunAsync(launcher, "--socket", Socket)).Ends(12).Finds("socket", "problem", "may not use the socket").SaysWhatToDo();
    }

    [Fact]
    public async Task A_daemon_whose_repository_is_away_says_so_and_how_its_owners_stand()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        Directory.Move(_place.Repo, _place.At("away"));
        ToolResult status = (await daemon.AskAsync("status")).Ends(0);
        Assert.Contains("is not there any more", status.Output, StringComparison.Ordinal);
        Assert.Contains("docs", status.Output, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.String, (await daemon.AskAsync("status", "--json")).Ends(0).Json.GetProperty("repositoryError").ValueKind);
        (await AskAsync()).Finds("socket", "problem", "it cannot use its repository");
    }

    [Fact]
    public async Task A_daemon_with_the_keys_of_before_a_change_needs_a_key_and_a_restart_and_no_other_user()
    {
        string[] key = ["--key-file", _place.At("key")];
        (await ToolRun.HereAsync(["init", "--repo", _place.Repo, "--encrypt", "--no-recovery-key", .. key])).Ends(0);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, $", \"key\": {{ \"file\": \"{_place.At("key")}\" }}");
        (await ToolRun.HereAsync(["key", "rotate", "--repo", _place.Repo, .. key, "--new-key-file", _place.At("new")])).Ends(0);
        (await ToolRun.HereAsync(["backup", "--repo", _place.Repo, "--key-file", _place.At("new"), .. _place.DocsOwner])).Ends(0);
        (await AskAsync("--repo", _place.Repo, "--key-file", _place.At("new"))).Ends(12).SaysWhatToDo()
            .Finds("socket", "problem", "The daemon answers, but it cannot use its repository").Advises("socket", "restart").FindsNo("socket", "ok")
            .Finds("repository", "ok", _place.Repo + " is repository");
    }

    [Theory]
    [InlineData(true, "The client speaks version 1 of the protocol, the server version 2.")]
    [InlineData(false, "no server of this protocol")]
    public async Task Another_version_or_another_program_at_the_socket_is_a_problem(bool isConn, string says)
    {
        Directory.CreateDirectory(_place.At("run"), Private);
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Socket));
        listener.Listen();
        Task answered = AnswerAsync(listener, isConn);
        (await AskAsync()).Ends(4).Finds("socket", "problem", says).SaysWhatToDo();
        await answered;
    }

    [Fact]
    public async Task An_operation_of_more_than_a_day_is_a_warning_and_a_mode_without_an_operation_a_problem()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        BackupStatus status = new() { Mode = new BurMode(BurPartType.BackupFull, BackupIncType.Base), Owners = [] };
        Assert.Contains(await FindAsync(status), static f => f is { Level: FindingLevel.Problem, Code: ExitCode.Failed });
        PastOperation running = new() { Kind = "backup", Holder = "the schedule", Began = now.AddHours(-23) };
        Assert.DoesNotContain(await FindAsync(status with { Operation = running }), static f => f.Level != FindingLevel.Ok);
        PastOperation old = running with { Began = now.AddHours(-25) };
        Assert.Contains(await FindAsync(status with { Operation = old }), static f => f is { Level: FindingLevel.Warning, ToDo: not null });

        async Task<IReadOnlyList<Finding>> FindAsync(BackupStatus daemon) =>
            await new DaemonCheck().FindAsync(new Examination { Now = now, Status = daemon }, TestContext.Current.CancellationToken);
    }

    private string Socket => DaemonRun.Socket(_place);

    private Task<DoctorRun> AskAsync(params string[] more) => DoctorRun.HereAsync(["--socket", Socket, .. more]);

    private Task<Finding[]> AfterHoursAsync(int hours) =>
        new DoctorClock(TimeSpan.FromHours(hours)).ExamineAsync(DaemonRun.Configuration(_place), null, Socket);

    private static async Task AnswerAsync(Socket listener, bool isConn)
    {
        using Socket client = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        byte[] sentence = Encoding.UTF8.GetBytes("The client speaks version 1 of the protocol, the server version 2. Update the older one.");
        byte[] reply = new byte[20 + sentence.Length];
        BinaryPrimitives.WriteUInt32BigEndian(reply, isConn ? 0x434F4E4Eu : 0x48545450);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(4), 2);
        BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(6), ErrorCode.NotSupported.Value);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(18), (ushort)sentence.Length);
        sentence.CopyTo(reply.AsSpan(20));
        await client.SendAsync(reply, TestContext.Current.CancellationToken);
        await client.ReceiveAsync(new byte[64], TestContext.Current.CancellationToken);
    }
}
