using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Command;

/// <summary>Programs that fail: each has a code and a sentence, and nothing of it is taken for data.</summary>
public sealed class CommandFailureTests : IAsyncDisposable
{
    private readonly CommandLab _lab = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Theory]
    [InlineData("echo half; echo no room >&2; exit 3", "General", "exit code 3", "no room")]
    [InlineData("echo half; echo busy >&2; exit 75", "NotReady", "exit code 75", "try again later")]
    [InlineData("echo half; echo policy >&2; exit 77", "NotSupported", "exit code 77", "policy")]
    [InlineData("echo half; kill -9 $$", "General", "exit code 137 (signal 9)", "no message")]
    [InlineData("exec 1>&-; echo closed >&2; exit 4", "General", "exit code 4", "closed")]
    [InlineData("printf 'a\\033[31mb\\n' >&2; exit 1", "General", "a [31mb", "exit code 1")]
    public async Task A_program_that_fails_is_no_backup_and_the_report_has_its_last_lines(string body, string code, string says, string alsoSays) =>
        await FailsAsync(_lab.Owner(_lab.Script(body)), code, says, alsoSays);

    [Fact]
    public async Task Exit_code_75_is_worth_a_retry()
    {
        CommandDataOwner owner = _lab.Owner(_lab.Script("exit 75"));
        ConnException failure = await Assert.ThrowsAsync<ConnException>(() => CommandLab.BackupAsync(owner, Token));
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named() => await FailsAsync(_lab.Owner(_lab.At("gone")), "NotFound", "does not exist", "gone");

    [Fact]
    public async Task A_folder_is_no_program() => await FailsAsync(_lab.Owner(_lab.Root), "NotFound", "it is a folder", "Name the program file");

    [Fact]
    public async Task A_program_that_is_not_executable_is_named() =>
        await FailsAsync(_lab.Owner(_lab.Script("echo", executable: false)), "AccessDenied", "may not execute", "execute permission");

    [Fact]
    public async Task A_script_whose_interpreter_is_missing_is_named()
    {
        string path = _lab.Script("echo");
        await File.WriteAllTextAsync(path, "#!/no/such/shell\n", Token);
        await FailsAsync(_lab.Owner(path), "NotFound", "could not be started", "interpreter");
    }

    [Fact]
    public async Task A_program_that_closes_its_output_and_runs_on_is_stopped_at_the_time_out_of_a_stage() => await FailsAsync(
        _lab.Owner(_lab.Script("echo whole; echo waiting >&2; exec 1>&-; exec sleep 60"), static o => o with { StageTimeout = TimeSpan.FromMilliseconds(300) }),
        "TimedOut", "longer than the time-out", "waiting");

    [Fact]
    public async Task A_program_that_leaves_a_process_with_its_output_behind_is_no_backup() =>
        await FailsAsync(_lab.Owner(_lab.Script("echo half; sleep 60 & exit 0")), "General", "left behind", "has ended");

    [Fact]
    public async Task Output_that_comes_directly_after_the_end_of_the_program_is_data()
    {
        CommandDataOwner owner = _lab.Owner(
            _lab.Script("(until [ ! -d /proc/$$ ]; do :; done; echo late) & exit 0"), static o => o with { KillAfter = TimeSpan.FromSeconds(20) });
        Assert.Equal(CommandLab.Stored("late\n"u8.ToArray()), await CommandLab.BackupAsync(owner, Token));
    }

    [Fact]
    public async Task A_program_that_ignores_SIGTERM_is_killed_with_all_its_processes()
    {
        CommandDataOwner owner = _lab.Owner(_lab.Script("trap '' TERM; mkfifo \"$R/alive\"; (echo up; exec 3>\"$R/alive\"; sleep 60) & wait; sleep 60"));
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, Token);
        _ = await owner.GetBackupDataSectionAsync(new byte[3], Token);

        // Opens when the other end is open.
        using StreamReader alive = await Task.Run(() => File.OpenText(_lab.At("alive")), Token);
        await owner.TerminateMultiStageOperationAsync(CancellationToken.None);

        // The end of the pipe: no process of the program has it open any more.
        Assert.Equal("", await alive.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task A_program_that_writes_messages_without_end_costs_bounded_memory_and_is_stopped()
    {
        CommandDataOwner owner = _lab.Owner(
            _lab.Script("yes 'message that never ends' >&2"), static o => o with { StageTimeout = TimeSpan.FromMilliseconds(500) });
        long before = GC.GetTotalMemory(forceFullCollection: true);
        ConnException failure = await Assert.ThrowsAsync<ConnException>(() => CommandLab.BackupAsync(owner, Token));
        Assert.Equal(ErrorCode.TimedOut, failure.Code);
        Assert.True(failure.Message.Length < 2500, failure.Message);
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 8 << 20);
    }

    [Fact]
    public async Task A_cancelled_backup_stops_the_program_and_leaves_nothing()
    {
        CommandDataOwner owner = _lab.Owner(_lab.Script("echo part; exec sleep 60"));
        using CancellationTokenSource cancel = new();
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, Token);
        ValueTask<SectionResult> reading = owner.GetBackupDataSectionAsync(new byte[100], cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
        await owner.TerminateMultiStageOperationAsync(CancellationToken.None);
        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(_lab.Staging));
    }

    [Fact]
    public async Task The_program_gets_its_stage_its_arguments_and_its_variables()
    {
        CommandDataOwner owner = _lab.Owner(
            _lab.Script("echo \"$1/$2/$3/$CONN_STAGE/$CONN_OPERATION/$CONN_OWNER/$CONN_DRIVE/$MINE/$(stat -c %a \"$CONN_STAGING\")/$(pwd)\"; cat"),
            static o => o with { Arguments = ["two words", "*"], Environment = new Dictionary<string, string> { ["MINE"] = "a b" } });
        byte[] stored = await CommandLab.BackupAsync(owner, Token);
        Assert.Equal(CommandLab.Stored("two words/*/backup/backup/backup/service/C/a b/700//\n"u8.ToArray()), stored);
    }

    [Fact]
    public async Task A_staging_folder_that_others_may_write_to_is_refused()
    {
        System.IO.Directory.CreateDirectory(_lab.Staging);
        CommandLab.SetMode(_lab.Staging, 0x1FF);
        await FailsAsync(_lab.Owner(_lab.Script("echo")), "AccessDenied", "staging folder", "another user");
    }

    [Fact]
    public async Task A_staging_folder_that_cannot_be_made_is_a_failure_with_a_sentence()
    {
        await File.WriteAllTextAsync(_lab.Staging, "", Token);
        await FailsAsync(_lab.Owner(_lab.Script("echo")), "General", "staging folder", _lab.Staging);
    }

    private async Task FailsAsync(CommandDataOwner owner, params string[] codeAndWords)
    {
        ConnException failure = await Assert.ThrowsAsync<ConnException>(() => CommandLab.BackupAsync(owner, Token));
        Assert.Equal(codeAndWords[0], failure.Code.Name);
        Assert.All(codeAndWords[1..], w => Assert.Contains(w, failure.Message, StringComparison.Ordinal));
        await owner.TerminateMultiStageOperationAsync(CancellationToken.None);
        Assert.False(System.IO.Directory.Exists(_lab.Staging) && System.IO.Directory.EnumerateFileSystemEntries(_lab.Staging).Any());
    }
}
