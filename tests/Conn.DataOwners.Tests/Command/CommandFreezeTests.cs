using Conn.ActiveBackup.Client;
using Conn.Engine;
using Conn.Repository;
using Xunit;

namespace Conn.DataOwners.Tests.Command;

/// <summary>Freeze and thaw: thaw always runs.</summary>
public sealed class CommandFreezeTests : IAsyncDisposable
{
    private const string Program = "echo \"$1\" >> \"$R/log\"; if [ \"$1\" = backup ]; then echo data; fi";
    private readonly CommandLab _lab = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_backup_is_taken_between_freeze_and_thaw()
    {
        CommandDataOwner owner = Frozen(Program);
        await CommandLab.BackupAsync(owner, Token);
        Assert.Equal("freeze\nbackup\nthaw\n", _lab.Read("log"));
        Assert.Empty(await owner.RecoverAsync(Token));
        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(_lab.Staging));
    }

    [Theory]
    [InlineData("freeze")]
    [InlineData("backup")]
    public async Task Thaw_runs_when_a_stage_fails(string stage)
    {
        CommandDataOwner owner = Frozen($"{Program}; [ \"$1\" != {stage} ]");
        await Assert.ThrowsAsync<ConnException>(() => CommandLab.BackupAsync(owner, Token));
        await owner.TerminateMultiStageOperationAsync(CancellationToken.None);
        Assert.EndsWith($"{stage}\nthaw\n", _lab.Read("log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thaw_that_fails_is_run_again_by_the_next_process_and_noted()
    {
        List<Exception> errors = [];
        CommandDataOwner owner = Frozen($"{Program}; [ \"$1\" != thaw ] || [ -e \"$R/good\" ]", errors.Add);
        await owner.AllSnapshotsSuppliedAsync(Token);
        await Assert.ThrowsAsync<ConnException>(async () => await owner.TerminateMultiStageOperationAsync(CancellationToken.None));
        await owner.DisposeAsync();
        Assert.Contains("exit code 1", Assert.Single(errors).Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(_lab.At("good"), "", Token);
        CommandDataOwner next = Frozen($"{Program}; [ \"$1\" != thaw ] || [ -e \"$R/good\" ]", errors.Add);
        Assert.Contains("was thawed", Assert.Single(await next.RecoverAsync(Token)), StringComparison.Ordinal);
        Assert.Empty(await next.RecoverAsync(Token));
    }

    [Fact]
    public async Task An_owner_that_another_process_has_frozen_is_in_use()
    {
        CommandDataOwner first = Frozen(Program);
        await first.AllSnapshotsSuppliedAsync(Token);
        CommandDataOwner second = Frozen(Program);
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await second.AllSnapshotsSuppliedAsync(Token));
        Assert.Equal(ErrorCode.InUse, failure.Code);
        await second.TerminateMultiStageOperationAsync(CancellationToken.None);
        Assert.Equal("freeze\n", _lab.Read("log"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Others_are_backed_up_between_freeze_and_thaw_also_if_one_of_them_fails(bool succeeds)
    {
        CommandDataOwner owner = Frozen(Program);
        await using (ConnHost host = await ConnHost.StartAsync(cancellationToken: Token))
        {
            await host.AddAsync(owner, new DataOwnerParticipantOptions { PrepareAsync = owner.FollowAsync });
            await host.AddAsync(new CommandDataOwner(new CommandOwnerOptions
            {
                Name = "other", StagingFolder = _lab.Staging,
                Program = _lab.Script($"echo other >> \"$R/log\"; {succeeds.ToString().ToLowerInvariant()}", "other"),
            }));
            await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(_lab.At("repository"), cancellationToken: Token);
            BackupReport report = await host.BackupAsync(repository, Token);
            Assert.Equal(succeeds ? OperationOutcome.Succeeded : OperationOutcome.Failed, report.Outcome);
        }

        Assert.Equal("freeze\nbackup\nother\nthaw\n", _lab.Read("log"));
    }

    private CommandDataOwner Frozen(string program, Action<Exception>? onError = null) =>
        _lab.Owner(_lab.Script(program), o => o with { Freezes = true, OnError = onError });
}
