using System.Buffers.Binary;
using Conn.ActiveBackup;
using CsCheck;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

public sealed class HostileStreamTests : IDisposable
{
    private const int FirstRecord = 48;
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Any_changed_cut_or_lengthened_base_is_corrupt_and_the_target_stays_as_it_was()
    {
        byte[] stored = (await ChainAsync())[0];
        _lab.MakeLedger("a.db", wal: true, rows: 30);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        Gen<(int Kind, int At, byte Bits)> damage = Gen.Select(Gen.Int[0, 2], Gen.Int[0, stored.Length - 1], Gen.Byte[1, 255]);

        await damage.SampleAsync(
            async d =>
            {
                byte[] hostile = d.Kind switch
                {
                    0 => [.. stored[..d.At]],
                    1 => [.. stored, d.Bits],
                    _ => Flip(stored, d.At, d.Bits),
                };
                return HarmlessMode(d.Kind, d.At) || await CodeAsync(owner, [hostile]) == ErrorCode.Corrupt;
            },
            iter: 150,
            threads: 1);

        await owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        Assert.Equal(30, _lab.AssertLedger("a.db"));
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task Any_changed_or_cut_increment_is_corrupt()
    {
        List<byte[]> chain = await ChainAsync();
        await using SqliteDataOwner owner = _lab.Owner("b.db", inPlace: false);
        Gen<(bool Cut, int At, byte Bits)> damage = Gen.Select(Gen.Bool, Gen.Int[0, chain[1].Length - 1], Gen.Byte[1, 255]);

        await damage.SampleAsync(
            async d => HarmlessMode(d.Cut ? 0 : 2, d.At)
                || await CodeAsync(owner, [chain[0], d.Cut ? chain[1][..d.At] : Flip(chain[1], d.At, d.Bits)]) == ErrorCode.Corrupt,
            iter: 150,
            threads: 1);

        Assert.Equal(ErrorCode.Success, await CodeAsync(owner, [chain[0], chain[1]]));
    }

    [Fact]
    public async Task An_increment_onto_another_state_than_its_parent_is_corrupt()
    {
        List<byte[]> chain = await ChainAsync();
        await using SqliteDataOwner owner = _lab.Owner("b.db", inPlace: false);

        Assert.Equal(ErrorCode.Corrupt, await CodeAsync(owner, [chain[0], chain[2]]));
        Assert.Equal(ErrorCode.Corrupt, await CodeAsync(owner, [chain[0], chain[1], chain[1]]));
        Assert.Equal(ErrorCode.Corrupt, await CodeAsync(owner, [chain[1]]));
        Assert.Equal(ErrorCode.Success, await CodeAsync(owner, chain));
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(100_000u)]
    [InlineData(0u)]
    public async Task A_page_number_outside_the_database_or_out_of_order_is_corrupt_and_writes_nothing_there(uint page)
    {
        List<byte[]> chain = await ChainAsync();
        byte[] hostile = [.. chain[1]];
        BinaryPrimitives.WriteUInt32LittleEndian(hostile.AsSpan(FirstRecord), page);
        await using SqliteDataOwner owner = _lab.Owner("b.db", inPlace: false);

        Assert.Equal(ErrorCode.Corrupt, await CodeAsync(owner, [chain[0], hostile]));

        Assert.True(new FileInfo(System.IO.Directory.EnumerateFiles(_lab.Root, ".conn-restore-*").Single()).Length < 10_000_000);
    }

    [Fact]
    public async Task Pages_that_agree_with_their_digest_but_are_no_whole_database_fail_the_integrity_check()
    {
        // A base made of a damaged database: every digest is right, the content is not.
        _lab.MakeLedger("bad.db", wal: false, rows: 3000);
        byte[] bytes = await File.ReadAllBytesAsync(_lab.At("bad.db"), SqliteLab.Token);
        bytes.AsSpan(4096 * 40, 4096).Fill(0xEE);
        await File.WriteAllBytesAsync(_lab.At("bad.db"), bytes, SqliteLab.Token);
        await using SqliteDataOwner source = new(new SqliteOwnerOptions { Name = "ledger", DatabasePath = _lab.At("bad.db"), SpoolFolder = _lab.Spool, CheckCopy = false });
        byte[] stored = (await source.BackupAsync()).Data;

        await using SqliteDataOwner owner = _lab.Owner("b.db", inPlace: false);
        await owner.StageAsync([stored]);
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await owner.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token));

        Assert.Equal(ErrorCode.Corrupt, refusal.Code);
        Assert.Contains("The check of all pages", refusal.Message, StringComparison.Ordinal);
        await owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        Assert.False(File.Exists(_lab.At("b.db")));
    }

    [Fact]
    public async Task Calls_out_of_order_and_foreign_drives_are_refused_with_a_code()
    {
        List<byte[]> chain = await ChainAsync();
        await using SqliteDataOwner owner = _lab.Owner("b.db", inPlace: false);
        CancellationToken token = SqliteLab.Token;

        Assert.Equal(ErrorCode.NotReady, await CodeOfAsync(async () => await owner.RestoreBaseDataSectionAsync(chain[0], last: true, token)));
        Assert.Equal(ErrorCode.NotReady, await CodeOfAsync(async () => await owner.InitialiseRestoreIncrementDataAsync(DriveNumber.C, token)));
        Assert.Equal(ErrorCode.NotReady, await CodeOfAsync(async () => await owner.PrepareRestoreAsync(DriveNumber.C, token)));
        Assert.Equal(ErrorCode.NotReady, await CodeOfAsync(async () => await owner.RestoreCompleteAsync(DriveNumber.C, token)));
        Assert.Equal(ErrorCode.NotReady, await CodeOfAsync(async () => await owner.GetBackupDataSectionAsync(new byte[10], token)));
        Assert.Equal(ErrorCode.NotReady, await CodeOfAsync(async () => await owner.GetSnapshotDataAsync(DriveNumber.C, new byte[10], token)));
        Assert.Equal(ErrorCode.Argument, await CodeOfAsync(async () => await owner.InitialiseGetBackupDataAsync(DriveNumber.FromLetter('D'), token)));
        Assert.Throws<ArgumentException>(() => new SqliteDataOwner(new SqliteOwnerOptions { Name = "../x", DatabasePath = "a.db" }));
    }

    // The journal-mode flag and the permission bits say how the new file is opened; a wrong one is no wrong content.
    private static bool HarmlessMode(int kind, int at) => kind == 2 && at is 11 or 40 or 41;

    private static byte[] Flip(byte[] stored, int at, byte bits)
    {
        byte[] copy = [.. stored];
        copy[at] ^= bits;
        return copy;
    }

    private static async Task<ErrorCode> CodeAsync(SqliteDataOwner owner, IReadOnlyList<byte[]> chain) => await CodeOfAsync(async () =>
    {
        await owner.StageAsync(chain, split: 70_000);
        _ = await owner.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token);
    });

    private static async Task<ErrorCode> CodeOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return ErrorCode.Success;
        }
        catch (ConnException e)
        {
            return e.Code;
        }
    }

    private async Task<List<byte[]>> ChainAsync()
    {
        _lab.MakeLedger("source.db", wal: true, rows: 40);
        await using SqliteDataOwner owner = _lab.Owner("source.db");
        List<StoredPart> chain = [await owner.BackupAsync()];
        for (int i = 0; i < 2; i++)
        {
            using (SqliteConnection connection = _lab.Open("source.db"))
            {
                SqliteLab.AddRows(connection, 5);
            }

            chain.Add(await owner.BackupAsync(chain[^1]));
        }

        return [.. chain.Select(p => p.Data)];
    }
}
