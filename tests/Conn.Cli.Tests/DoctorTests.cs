using System.Text.Json;
using Conn.ActiveBackup;
using Conn.Cli.Daemon;
using Conn.Cli.Doctor;
using Conn.Cli.Output;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Engine;
using Conn.Hosting;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>What the doctor finds in a repository, each in a state that was made for it.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_repository_in_order_has_no_problem_and_quiet_leaves_out_what_is_in_order()
    {
        string set = await _place.BackupDocsAsync();
        TreePrint before = await TreePrint.OfAsync(_place.Root);
        (await ExamineAsync()).Ends(0).SaysWhatToDo().Finds("repository", "ok", "this user may read it")
            .Finds("repository", "ok", "This user may write")
            .Finds("repository", "ok", "1 set can be listed").Finds("repository", "ok", "all sets and files")
            .Finds($"set {set}", "ok", "all its owners succeeded")
            .Finds("lock", "ok", "No process writes").Finds("clock", "ok", "not from the future").Finds("socket", "ok", "No daemon runs")
            .FindsNo("", "problem");
        before.AssertSame(await TreePrint.OfAsync(_place.Root), "everything");

        string[] lines = (await TextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, static l => Assert.Matches("^(ok     |warning|problem)  [a-z]", l));
        Assert.DoesNotContain("ok ", await TextAsync("--quiet"), StringComparison.Ordinal);
        Assert.Contains(lines, static l => l.StartsWith("ok       repository: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_document_has_the_documented_members()
    {
        JsonElement document = (await ToolRun.HereAsync("doctor", "--json", "--quiet", "--socket", Socket)).Ends(0).Json;
        Assert.Equal(["schemaVersion", "findings"], document.EnumerateObject().Select(static m => m.Name));
        JsonElement[] findings = [.. document.GetProperty("findings").EnumerateArray()];
        Assert.Contains(findings, static f => f.GetProperty("level").GetString() == "ok");
        Assert.All(findings, static f => Assert.Equal(["about", "level", "what", "todo"], f.EnumerateObject().Select(static m => m.Name)));
    }

    [Fact]
    public async Task A_user_of_the_daemon_need_not_be_able_to_read_its_repository()
    {
        Examination examined = new()
        {
            Now = TimeProvider.System.GetUtcNow(), RepositoryPath = _place.Repo, IsRepositoryOfDaemon = true, RepositoryFault = new UnauthorizedAccessException("No."),
        };
        CancellationToken token = TestContext.Current.CancellationToken;
        Assert.Equal(FindingLevel.Warning, Assert.Single(await new RepositoryCheck().FindAsync(examined, token)).Level);
        Finding named = Assert.Single(await new RepositoryCheck().FindAsync(examined with { IsRepositoryOfDaemon = false }, token));
        Assert.Equal((FindingLevel.Problem, ExitCode.NotPermitted), (named.Level, named.Code));
    }

    [Fact]
    public async Task A_place_without_a_repository_is_named_and_nothing_named_is_no_problem()
    {
        (await ExamineAsync()).Ends(10).Finds("repository", "problem", $"There is no repository at {_place.Repo}.").SaysWhatToDo();
        (await DoctorRun.HereAsync("--repo", _place.Docs, "--socket", Socket)).Ends(10).Finds("repository", "problem", "no Conn repository");
        (await DoctorRun.HereAsync("--socket", Socket)).Ends(0).Finds("repository", "warning", "No repository is named").SaysWhatToDo();
    }

    [Fact]
    public async Task A_repository_whose_format_file_is_damaged_is_a_problem()
    {
        await _place.BackupDocsAsync();
        File.WriteAllBytes(Path.Combine(_place.Repo, "conn-repository"), [1, 2, 3]);
        (await ExamineAsync()).Ends(6).Finds("repository", "problem", "missing or damaged").SaysWhatToDo();
    }

    [Fact]
    public async Task What_this_user_may_not_do_is_a_problem()
    {
        string[] launcher = await Powers.WithoutAsync();
        await _place.BackupDocsAsync();
        File.SetUnixFileMode(Path.Combine(_place.Repo, "tmp"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (await DoctorRun.RunAsync(launcher, "--repo", _place.Repo, "--socket", Socket)).Ends(12)
            .Finds("repository", "problem", "no permission to write in").Finds("repository", "ok", "may read it").SaysWhatToDo();
        File.SetUnixFileMode(_place.Repo, UnixFileMode.None);
        (await DoctorRun.RunAsync(launcher, "--repo", _place.Repo, "--socket", Socket)).Ends(12).Finds("repository", "problem", _place.Repo).SaysWhatToDo();
        string below = _place.At("closed/repo");
        Directory.Move(_place.Repo, Directory.CreateDirectory(_place.At("closed")).FullName + "/repo");
        File.SetUnixFileMode(_place.At("closed"), UnixFileMode.None);
        (await DoctorRun.RunAsync(launcher, "--repo", below, "--socket", Socket)).Ends(12).Finds("repository", "problem", $"No permission to look at {below}.");
    }

    [Fact]
    public async Task A_repository_without_a_set_is_a_warning()
    {
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        (await ExamineAsync()).Ends(0).Finds("repository", "warning", "It holds no set.");
    }

    [Fact]
    public async Task A_damaged_set_and_a_set_without_its_parent_are_problems()
    {
        string first = await _place.BackupDocsAsync();
        string second = await _place.BackupDocsAsync();
        string folder = Assert.Single(Directory.GetDirectories(Path.Combine(_place.Repo, "sets"), $"*{first}"));
        File.WriteAllBytes(Path.Combine(folder, "manifest"), [1, 2, 3]);
        (await ExamineAsync()).Ends(6).Finds($"set {first}", "problem", "").Finds($"set {second}", "problem", $"continues set {first}").SaysWhatToDo();
        Directory.Delete(folder, recursive: true);
        (await ExamineAsync()).Ends(6).Finds($"set {first}", "problem", "its folder is missing").Finds($"set {second}", "problem", $"continues set {first}");
    }

    [Fact]
    public async Task A_set_that_lost_a_file_is_a_problem()
    {
        string set = await _place.BackupDocsAsync();
        File.Delete(Assert.Single(Directory.GetFiles(_place.Repo, "*.data", SearchOption.AllDirectories)));
        (await ExamineAsync()).Ends(6).Finds($"set {set}", "problem", "Owner docs cannot be restored from it");
    }

    [Fact]
    public async Task A_newest_set_that_is_partial_is_a_warning_and_one_that_failed_a_problem()
    {
        string[] owners = [.. _place.Owners, "--json"];
        await File.WriteAllTextAsync(_place.Database, "no database", TestContext.Current.CancellationToken);
        string partial = (await _place.BackupAsync([.. owners, "--best-effort", "ledger"])).Ends(3).Json.GetProperty("set").GetString()!;
        (await ExamineAsync()).Ends(0).Finds($"set {partial}", "warning", "partial: ledger.").SaysWhatToDo();
        ToolResult failed = await _place.BackupAsync(owners);
        Assert.NotEqual(0, failed.ExitCode);
        (await ExamineAsync()).Ends(1).Finds($"set {failed.Json.GetProperty("set").GetString()}", "problem", "failed: ledger.").SaysWhatToDo();
    }

    [Fact]
    public async Task What_a_killed_run_left_is_a_warning()
    {
        await _place.BackupDocsAsync();
        await ToolRun.KilledAtAsync(OperationPhase.DataStarted, 1, ["backup", "--repo", _place.Repo, .. _place.DocsOwner, "--base"]);
        (await ExamineAsync()).Ends(0).Finds("lock", "warning", "conn backup (process ").Finds("repository", "warning", "A run that was stopped left tmp/")
            .SaysWhatToDo();
        await _place.BackupDocsAsync();
        (await ExamineAsync()).Ends(0).FindsNo("lock", "warning").FindsNo("repository", "warning");
    }

    [Fact]
    public async Task A_restore_that_was_cut_off_after_its_commit_is_a_problem()
    {
        await _place.BackupDocsAsync();
        await ToolRun.KilledAtAsync(OperationPhase.Committed, 1, ["restore", "--repo", _place.Repo, "--in-place", .. _place.DocsOwner]);
        (await ExamineAsync()).Ends(3).Finds("restore ", "problem", "to be completed for docs").SaysWhatToDo();
        await _place.BackupDocsAsync();
        (await ExamineAsync()).Ends(0).FindsNo("restore ", "problem");
    }

    [Fact]
    public async Task A_lock_that_is_held_names_its_holder_and_is_a_warning_after_a_day()
    {
        await _place.BackupDocsAsync();
        await using ToolProcess holder = ToolRun.StartUntil(
            OperationPhase.DataStarted, 1, LinuxCalls.Stop, ["backup", "--repo", _place.Repo, .. _place.DocsOwner, "--base"]);
        await holder.StoppedAsync();
        (await ExamineAsync()).Ends(0).Finds("lock", "ok", $"conn backup (process {holder.Id}) has written").FindsNo("repository", "warning");
        File.SetLastWriteTimeUtc(Path.Combine(_place.Repo, "lock.holder"), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-3));
        (await ExamineAsync()).Ends(0).Finds("lock", "warning", "for 3 days").SaysWhatToDo();
        holder.Signal(LinuxCalls.Continue);
        (await holder.EndAsync()).Ends(0);
    }

    [Fact]
    public async Task A_set_from_the_future_is_a_warning()
    {
        await _place.BackupDocsAsync();
        DoctorClock clock = new(TimeSpan.FromDays(-400));
        Finding[] found = await clock.ExamineAsync(null, _place.Repo, Socket);
        Assert.Single(found, static f => f is { About: "clock", Level: FindingLevel.Warning, ToDo: not null });
    }

    [Fact]
    public async Task Without_a_daemon_and_a_schedule_a_backup_is_too_old_after_a_day_and_a_half_and_a_problem_after_twice_that()
    {
        await _place.BackupDocsAsync();
        Assert.Equal(FindingLevel.Ok, (await OfDocsAsync(35)).Level);
        Finding old = await OfDocsAsync(37);
        Assert.Equal((FindingLevel.Warning, "Its newest backup is 37 hours old, more than the 36 hours that are the limit where there is no schedule."), (old.Level, old.What));
        Assert.Equal(FindingLevel.Warning, (await OfDocsAsync(71)).Level);
        old = await OfDocsAsync(51 * 24);
        Assert.Equal((FindingLevel.Problem, ExitCode.Failed), (old.Level, old.Code));
        Assert.Contains("51 days old", old.What, StringComparison.Ordinal);

        async Task<Finding> OfDocsAsync(int hours) =>
            Assert.Single(await new DoctorClock(TimeSpan.FromHours(hours)).ExamineAsync(null, _place.Repo, Socket), static f => f.About == "owner docs");
    }

    [Fact]
    public async Task The_limit_of_age_can_be_said()
    {
        await _place.BackupDocsAsync();
        (await DoctorRun.HereAsync("--repo", _place.Repo, "--socket", Socket, "--max-age", "0h")).Ends(1).Finds("owner docs", "problem", "of --max-age").SaysWhatToDo();
        (await DoctorRun.HereAsync("--repo", _place.Repo, "--socket", Socket, "--max-age", "1w")).Ends(0).Finds("owner docs", "ok", "Its newest backup is ");
        (await ToolRun.HereAsync("doctor", "--max-age", "soon")).Fails(2, "--max-age soon: this is no period");
    }

    [Fact]
    public async Task An_owner_that_newer_sets_do_not_hold_is_too_old_although_the_newest_set_is_not()
    {
        await _place.BackupAsync(_place.Owners);
        await _place.BackupDocsAsync();
        Finding[] found = await new DoctorClock(TimeSpan.FromDays(9)).ExamineAsync(null, _place.Repo, Socket);
        Assert.Equal(FindingLevel.Problem, Assert.Single(found, static f => f.About == "owner docs").Level);
        Assert.Equal(FindingLevel.Warning, Assert.Single(found, static f => f.About == "owner ledger").Level);
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, """
            { "repository": "repo", "owners": [ { "name": "ledger", "kind": "sqlite", "path": "home/ledger.db" },
                { "name": "other", "kind": "directory", "path": "home/docs" } ] }
            """, TestContext.Current.CancellationToken);
        found = await new DoctorClock(TimeSpan.FromDays(9)).ExamineAsync(config, null, Socket);
        Assert.Contains(found, static f => f is { About: "owner ledger", Level: FindingLevel.Problem } && f.What.Contains("9 days old", StringComparison.Ordinal));
        Assert.Contains(found, static f => f is { About: "owner other", Level: FindingLevel.Warning, What: "It has never been backed up." });
        Assert.DoesNotContain(found, static f => f.About == "owner docs");
    }

    [Fact]
    public async Task A_backup_whose_clock_is_before_the_newest_set_warns_also_when_quiet()
    {
        await _place.BackupDocsAtAsync(TimeSpan.FromDays(1));
        ToolResult result = (await _place.BackupAsync([.. _place.DocsOwner, "--quiet"])).Ends(0);
        Assert.Contains("WARNING: the newest set, ", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", (await _place.BackupAsync([.. _place.DocsOwner, "--quiet"])).Ends(0).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_owner_whose_newest_backup_is_from_the_future_is_not_listed_as_backed_up_just_now()
    {
        DateTimeOffset now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
        OwnerStatus owner = new() { Name = "docs", Readiness = DataOwnerStatus.NotConnected, LastGood = now.AddDays(1), Where = "here" };
        using StringWriter text = new();
        StatusOutput.Owners(ConsoleOutput.Make(new GuardedWriter(text, false)), new BackupStatus { Mode = default, Owners = [owner] }, now);
        Assert.Contains("in the future", text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("0 seconds ago", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_next_backup_is_told_in_the_zone_of_its_schedule_and_every_time_with_its_distance_from_UTC()
    {
        DateTimeOffset next = new(2026, 11, 30, 1, 0, 0, TimeSpan.Zero);
        Assert.Equal("2026-11-30 02:00 +01:00", StatusOutput.Next(new BackupStatus { Mode = default, Owners = [], TimeZone = "Europe/Berlin" }, next));
        Assert.Equal(StatusOutput.Time(next), StatusOutput.Next(new BackupStatus { Mode = default, Owners = [] }, next));
        Assert.Matches("^[0-9 :-]{16} [+-][0-9]{2}:[0-9]{2}$", StatusOutput.Time(next));
    }

    [Fact]
    public async Task The_age_of_a_backup_from_the_future_is_not_said_to_be_none()
    {
        await _place.BackupDocsAsync();
        Finding[] found = await new DoctorClock(TimeSpan.FromDays(-1)).ExamineAsync(null, _place.Repo, Socket);
        Assert.Contains("which is in the future", Assert.Single(found, static f => f is { About: "owner docs", Level: FindingLevel.Warning }).What, StringComparison.Ordinal);
        Assert.DoesNotContain(found, static f => f.What.Contains("0 seconds", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Few_open_files_are_a_warning()
    {
        await using ToolProcess few = ToolProcess.Start("bash", [], ["-c", $"ulimit -n 512; exec {ToolRun.Program} doctor --socket {Socket}"]);
        Assert.Contains("warning  limits: A process may have 512 files open at once", (await few.EndAsync()).Ends(0).Output, StringComparison.Ordinal);
        await using ToolProcess enough = ToolProcess.Start("bash", [], ["-c", $"ulimit -n 1024; exec {ToolRun.Program} doctor --socket {Socket}"]);
        Assert.Contains("ok       limits: ", (await enough.EndAsync()).Ends(0).Output, StringComparison.Ordinal);
    }

    private string Socket => _place.At("run/s");

    private Task<DoctorRun> ExamineAsync() => DoctorRun.HereAsync("--repo", _place.Repo, "--socket", Socket);

    private async Task<string> TextAsync(params string[] more) =>
        (await ToolRun.HereAsync(["doctor", "--repo", _place.Repo, "--socket", Socket, .. more])).Ends(0).Output;
}
