using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Command;

/// <summary>Restores by a program: staged, discarded, refused, and put in place more than once.</summary>
public sealed class CommandRestoreTests : IAsyncDisposable
{
    private static readonly byte[] Small = CommandLab.Stored("new data\n"u8.ToArray());
    private readonly CommandLab _lab = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Theory]
    [InlineData("exit 5", "General", "exit code 5")]
    [InlineData("exit 75", "NotReady", "try again later")]
    [InlineData("exit 77", "NotSupported", "refused")]
    public async Task A_restore_that_the_program_does_not_stage_fails_before_the_commit_and_is_discarded(string restore, string code, string says)
    {
        CommandDataOwner owner = _lab.Owner(Logging($"restore) {restore} ;;"));
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await CommandLab.PrepareAsync(owner, Small, Token));
        Assert.Equal(code, failure.Code.Name);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);

        await owner.TerminateMultiStageOperationAsync(CancellationToken.None);
        Assert.Single(await owner.RecoverAsync(Token));
        Assert.Empty(await owner.RecoverAsync(Token));
        Assert.Equal("restore\ndiscard\n", _lab.Read("log"));
        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(_lab.Staging));
    }

    [Fact]
    public async Task A_program_that_succeeds_without_reading_all_of_its_input_has_not_restored()
    {
        CommandDataOwner owner = _lab.Owner(Logging("restore) exit 0 ;;"));
        ConnException failure = await Assert.ThrowsAsync<ConnException>(
            async () => await CommandLab.PrepareAsync(owner, CommandLab.Stored(new byte[1 << 20]), Token));
        Assert.Contains("before it had read all of its input", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_never_reads_is_stopped_at_the_time_out_of_a_stage()
    {
        CommandDataOwner owner = _lab.Owner(Logging("restore) exec sleep 60 ;;"), static o => o with { StageTimeout = TimeSpan.FromMilliseconds(300) });
        ConnException failure = await Assert.ThrowsAsync<ConnException>(
            async () => await CommandLab.PrepareAsync(owner, CommandLab.Stored(new byte[1 << 20]), Token));
        Assert.Equal(ErrorCode.TimedOut, failure.Code);
    }

    [Fact]
    public async Task The_program_is_not_started_for_a_damaged_stream()
    {
        CommandDataOwner owner = _lab.Owner(Logging(""));
        byte[] damaged = [.. Small];
        damaged[2] ^= 1;
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await CommandLab.PrepareAsync(owner, damaged, Token));
        Assert.Equal(ErrorCode.Corrupt, failure.Code);
        await owner.TerminateMultiStageOperationAsync(CancellationToken.None);
        Assert.Empty(await owner.RecoverAsync(Token));
        Assert.Equal("", _lab.Read("log"));
    }

    [Fact]
    public async Task A_commit_that_was_cut_off_is_run_again_by_the_next_process()
    {
        string program = Logging("restore) cat > \"$CONN_STAGING/new\" ;; commit) [ -e \"$R/good\" ] || exit 75; cp \"$CONN_STAGING/new\" \"$R/data\" ;;");
        CommandDataOwner owner = _lab.Owner(program);
        ReadOnlyMemory<byte> token = await CommandLab.PrepareAsync(owner, Small, Token);
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await owner.RestoreCompleteAsync(DriveNumber.C, Token));
        Assert.True(failure.IsTransient);
        await owner.DisposeAsync();

        await File.WriteAllTextAsync(_lab.At("good"), "", Token);
        CommandDataOwner next = _lab.Owner(program);
        Assert.True(await next.ResumeRestoreAsync(DriveNumber.C, token, Token));
        await next.RestoreCompleteAsync(DriveNumber.C, Token);
        await next.RestoreCompleteAsync(DriveNumber.C, Token);
        Assert.StartsWith("WARNING: A restore that was committed earlier", Assert.Single((await next.TakeRemarksAsync(Token)).Notes), StringComparison.Ordinal);

        Assert.Equal("new data\n", _lab.Read("data"));
        Assert.Equal("restore\ncommit\ncommit\n", _lab.Read("log"));
        await next.TerminateMultiStageOperationAsync(CancellationToken.None);
        Assert.False(await next.ResumeRestoreAsync(DriveNumber.C, token, Token));
        await next.TerminateMultiStageOperationAsync(CancellationToken.None);
        Assert.Empty(await next.RecoverAsync(Token));
        Assert.Equal("restore\ncommit\ncommit\n", _lab.Read("log"));
    }

    [Fact]
    public async Task What_cannot_be_discarded_is_named_and_tried_again()
    {
        CommandDataOwner owner = _lab.Owner(Logging("restore) exit 1 ;; discard) [ -e \"$R/good\" ] || exit 9 ;;"));
        await Assert.ThrowsAsync<ConnException>(async () => await CommandLab.PrepareAsync(owner, Small, Token));
        await owner.TerminateMultiStageOperationAsync(CancellationToken.None);
        Assert.Contains("exit code 9", Assert.Single(await owner.RecoverAsync(Token)), StringComparison.Ordinal);

        await File.WriteAllTextAsync(_lab.At("good"), "", Token);
        Assert.Contains("was removed", Assert.Single(await owner.RecoverAsync(Token)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_may_refuse_and_gets_the_expected_size()
    {
        CommandDataOwner owner = _lab.Owner(Logging("plan) echo \"need $CONN_EXPECTED_BYTES\" >&2; exit 77 ;;"), static o => o with { Plans = true });
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, 4711, Token));
        Assert.Equal(ErrorCode.NotSupported, failure.Code);
        Assert.Contains("need 4711", failure.Message, StringComparison.Ordinal);

        await owner.DisposeAsync();
        failure = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, long.MaxValue, Token));
        Assert.Equal(ErrorCode.DiskFull, failure.Code);
    }

    [Fact]
    public async Task What_another_live_process_stages_is_left_alone()
    {
        string program = Logging("");
        CommandDataOwner first = _lab.Owner(program);
        ReadOnlyMemory<byte> token = await CommandLab.PrepareAsync(first, Small, Token);
        CommandDataOwner second = _lab.Owner(program);
        Assert.Empty(await second.RecoverAsync(Token));
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await second.ResumeRestoreAsync(DriveNumber.C, token, Token));
        Assert.Equal(ErrorCode.InUse, failure.Code);
    }

    /// <summary>A program that logs its stages, takes any input, and has these cases first.</summary>
    private string Logging(string cases) => _lab.Script($$"""
        echo "$1" >> "$R/log"
        case "$1" in
        {{cases}}
        restore) cat > "$CONN_STAGING/new" ;;
        esac
        """);
}
