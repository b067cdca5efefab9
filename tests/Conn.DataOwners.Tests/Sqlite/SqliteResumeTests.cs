using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

public sealed class SqliteResumeTests : IDisposable
{
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(true, "restore-prepare")]
    [InlineData(false, "restore-prepare")]
    [InlineData(true, "restore-complete")]
    [InlineData(false, "restore-complete")]
    public async Task A_restore_killed_around_its_commit_leaves_old_or_new_and_is_rolled_forward_by_the_next_process(bool wal, string role)
    {
        byte[] stored = await StoredAsync(wal, rows: 6000);
        _lab.MakeLedger("a.db", wal, rows: 900);
        await File.WriteAllBytesAsync(_lab.At("a.db.stream"), stored, SqliteLab.Token);
        (System.Diagnostics.Process process, string line) = await _lab.StartAsync(role, "a.db");

        // In the second role the kill falls anywhere in RestoreComplete, or right behind it.
        process.Kill();
        await process.WaitForExitAsync(SqliteLab.Token);
        byte[] token = Convert.FromHexString(line);

        long between = _lab.AssertLedger("a.db");
        Assert.True(between is 900 or 6000, $"{between} rows are neither the old nor the new state.");
        if (role == "restore-prepare")
        {
            Assert.Equal(900, between);
        }

        await using SqliteDataOwner next = _lab.Owner("a.db");
        bool left = await next.ResumeRestoreAsync(DriveNumber.C, token, SqliteLab.Token);
        Assert.True(left || between == 6000);
        await next.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);
        await next.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);

        Assert.Equal(6000, _lab.AssertLedger("a.db"));
        Assert.False(await next.ResumeRestoreAsync(DriveNumber.C, token, SqliteLab.Token));
        await next.DisposeAsync();
        _lab.AssertNothingLeft();
        await using SqliteDataOwner third = _lab.Owner("a.db");
        Assert.False(await third.ResumeRestoreAsync(DriveNumber.C, token, SqliteLab.Token));
    }

    [Fact]
    public async Task A_new_file_that_was_prepared_is_resumed_once_and_then_found_in_place()
    {
        byte[] stored = await StoredAsync(wal: true);
        ReadOnlyMemory<byte> token;
        await using (SqliteDataOwner first = _lab.Owner("out/b.db", inPlace: false))
        {
            await first.StageAsync([stored]);
            token = await first.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token);
        }

        Assert.False(File.Exists(_lab.At("out/b.db")));
        await using SqliteDataOwner second = _lab.Owner("out/b.db", inPlace: false);
        Assert.True(await second.ResumeRestoreAsync(DriveNumber.C, token, SqliteLab.Token));
        await second.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);
        await using SqliteDataOwner third = _lab.Owner("out/b.db", inPlace: false);
        Assert.False(await third.ResumeRestoreAsync(DriveNumber.C, token, SqliteLab.Token));

        Assert.Equal(500, _lab.AssertLedger("out/b.db"));
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task A_new_file_that_waits_for_its_rollforward_survives_another_restore_to_the_same_place()
    {
        byte[] stored = await StoredAsync(wal: true);
        ReadOnlyMemory<byte> token;
        await using (SqliteDataOwner first = _lab.Owner("out/b.db", inPlace: false))
        {
            await first.StageAsync([stored]);
            token = await first.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token);
        }

        await using SqliteDataOwner second = _lab.Owner("out/b.db", inPlace: false);
        await second.PlanRestoreAsync(DriveNumber.C, stored.Length, SqliteLab.Token);
        await second.StageAsync([stored]);
        ReadOnlyMemory<byte> other = await second.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token);
        Assert.False(other.Span.SequenceEqual(token.Span));
        await second.TerminateMultiStageOperationAsync(SqliteLab.Token);

        await using SqliteDataOwner third = _lab.Owner("out/b.db", inPlace: false);
        Assert.True(await third.ResumeRestoreAsync(DriveNumber.C, token, SqliteLab.Token));
        await third.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);
        Assert.Single(await third.RecoverAsync(SqliteLab.Token));
        Assert.Equal(500, _lab.AssertLedger("out/b.db"));
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task A_damaged_or_vanished_staged_file_cannot_be_resumed_and_a_foreign_token_names_no_file()
    {
        byte[] stored = await StoredAsync(wal: false);
        byte[] token;
        await using (SqliteDataOwner first = _lab.Owner("b.db", inPlace: false))
        {
            await first.StageAsync([stored]);
            token = (await first.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token)).ToArray();
        }

        string staged = System.IO.Directory.EnumerateFiles(_lab.Root, ".conn-restore-*").Single();
        byte[] bytes = await File.ReadAllBytesAsync(staged, SqliteLab.Token);
        bytes[^10] ^= 1;
        await File.WriteAllBytesAsync(staged, bytes, SqliteLab.Token);
        Assert.Equal(ErrorCode.Corrupt, await CodeOfResumeAsync(token));
        File.Delete(staged);
        Assert.Equal(ErrorCode.Corrupt, await CodeOfResumeAsync(token));
        Assert.Equal(ErrorCode.Corrupt, await CodeOfResumeAsync([]));
        Assert.Equal(ErrorCode.Corrupt, await CodeOfResumeAsync(token[..^1]));
        Assert.Equal(ErrorCode.Corrupt, await CodeOfResumeAsync([.. token[..^1], (byte)'/']));
        Assert.False(File.Exists(_lab.At("b.db")));
    }

    private async Task<ErrorCode> CodeOfResumeAsync(byte[] token)
    {
        await using SqliteDataOwner owner = _lab.Owner("b.db", inPlace: false);
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await owner.ResumeRestoreAsync(DriveNumber.C, token, SqliteLab.Token));
        return failure.Code;
    }

    private async Task<byte[]> StoredAsync(bool wal, int rows = 500, int pageSize = 4096)
    {
        _lab.MakeLedger("source.db", wal, rows, pageSize);
        await using SqliteDataOwner owner = _lab.Owner("source.db");
        return (await owner.BackupAsync()).Data;
    }
}
