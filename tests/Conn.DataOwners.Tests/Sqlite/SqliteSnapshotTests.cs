using Conn.ActiveBackup;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

public sealed class SqliteSnapshotTests : IDisposable
{
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task One_changed_row_moves_a_few_pages_and_a_few_pieces_of_the_snapshot()
    {
        _lab.MakeLedger("a.db", wal: true, rows: 40_000);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        StoredPart first = await owner.BackupAsync();
        using (SqliteConnection connection = _lab.Open("a.db"))
        {
            SqliteLab.Execute(connection, "UPDATE debit SET amount = amount + 1 WHERE id = 20000; UPDATE credit SET amount = amount + 1 WHERE id = 20000");
        }

        StoredPart second = await owner.BackupAsync(first);

        Assert.True(first.Data.Length > 20_000_000);
        Assert.InRange(second.Data.Length, 1, 8 * 4100);
        Assert.All(first.SnapshotPieces, p => Assert.True(p.Length <= 64 * 1024));
        HashSet<string> known = [.. first.SnapshotPieces.Select(Convert.ToHexString)];
        Assert.InRange(second.SnapshotPieces.Count(p => !known.Contains(Convert.ToHexString(p))), 1, 3);
    }

    [Fact]
    public async Task An_unchanged_database_gives_an_increment_without_pages_and_the_same_snapshot()
    {
        _lab.MakeLedger("a.db", wal: false);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        StoredPart first = await owner.BackupAsync();

        StoredPart second = await owner.BackupAsync(first);

        Assert.Equal(first.Snapshot, second.Snapshot);
        Assert.Equal(48 + 4 + 16, second.Data.Length);
    }

    [Fact]
    public async Task A_changed_page_size_makes_the_snapshot_useless_and_a_base_follows()
    {
        _lab.MakeLedger("a.db", wal: false);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        StoredPart first = await owner.BackupAsync();
        using (SqliteConnection connection = _lab.Open("a.db"))
        {
            SqliteLab.Execute(connection, "PRAGMA page_size = 8192; VACUUM");
        }

        await owner.GiveSnapshotAsync(first.Snapshot, 1000);
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await owner.AllSnapshotsSuppliedAsync(SqliteLab.Token));
        Assert.Equal(ErrorCode.Corrupt, refusal.Code);
        Assert.Contains("page size", refusal.Message, StringComparison.Ordinal);

        await using SqliteDataOwner target = _lab.Owner("b.db", inPlace: false);
        _ = await target.RestoreAsync([(await owner.BackupAsync()).Data]);
        Assert.Equal(500, _lab.AssertLedger("b.db"));
    }

    [Fact]
    public async Task A_page_size_that_changes_after_the_snapshot_was_accepted_gives_a_base_with_its_reason()
    {
        _lab.MakeLedger("a.db", wal: false);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        StoredPart first = await owner.BackupAsync();
        await owner.GiveSnapshotAsync(first.Snapshot, 1000);
        await owner.AllSnapshotsSuppliedAsync(SqliteLab.Token);
        using (SqliteConnection connection = _lab.Open("a.db"))
        {
            SqliteLab.Execute(connection, "PRAGMA page_size = 8192; VACUUM");
        }

        StoredPart second = await owner.ReadAllAsync();

        Assert.Contains("page size", (await owner.TakeRemarksAsync(TestContext.Current.CancellationToken)).WhyBase, StringComparison.Ordinal);
        await using SqliteDataOwner target = _lab.Owner("b.db", inPlace: false);
        _ = await target.RestoreAsync([first.Data, second.Data]);
        Assert.Equal(500, _lab.AssertLedger("b.db"));
    }

    [Theory]
    [InlineData(0, -1)]
    [InlineData(8, -1)]
    [InlineData(30, -1)]
    [InlineData(100, -1)]
    [InlineData(-1, 0)]
    [InlineData(-1, 35)]
    [InlineData(-1, 200)]
    public async Task A_foreign_newer_cut_or_changed_snapshot_is_corrupt_and_a_base_follows(int flipped, int cut)
    {
        _lab.MakeLedger("a.db", wal: true);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        byte[] snapshot = (await owner.BackupAsync()).Snapshot;
        if (flipped >= 0)
        {
            snapshot[flipped] ^= 0x40;
        }

        ReadOnlyMemory<byte> given = cut >= 0 ? snapshot.AsMemory(0, cut) : snapshot;
        await owner.ReceiveSnapshotDataAsync(DriveNumber.C, given, last: true, SqliteLab.Token);
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await owner.AllSnapshotsSuppliedAsync(SqliteLab.Token));

        Assert.Equal(ErrorCode.Corrupt, refusal.Code);
        StoredPart part = await owner.BackupAsync();
        Assert.Equal(0, part.Data[10]);
    }
}
