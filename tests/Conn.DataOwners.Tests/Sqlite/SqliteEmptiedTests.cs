using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>A database that suddenly has nothing in it is backed up as it is, with a note that stands out, and the base before it can still be
/// restored.</summary>
public sealed class SqliteEmptiedTests : IDisposable
{
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("cut", 4096)]
    [InlineData("cut", 1024)]
    [InlineData("dropped", 4096)]
    [InlineData("replaced", 4096)]
    public async Task A_database_without_tables_gets_a_note_that_stands_out_once(string how, int pageSize)
    {
        _lab.MakeLedger("a.db", wal: false, pageSize: pageSize);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        StoredPart full = await owner.BackupAsync();
        Assert.DoesNotContain((await owner.TakeRemarksAsync(SqliteLab.Token)).Notes, IsAttention);
        await EmptyAsync(how);

        StoredPart empty = await BackupAfterAsync(owner, full);
        Assert.Single((await owner.TakeRemarksAsync(SqliteLab.Token)).Notes, IsAttention);
        StoredPart again = await BackupAfterAsync(owner, empty);
        Assert.DoesNotContain((await owner.TakeRemarksAsync(SqliteLab.Token)).Notes, IsAttention);
        Assert.NotNull(again);

        await using SqliteDataOwner target = _lab.Owner("before.db", inPlace: false);
        _ = await target.RestoreAsync([full.Data]);
        Assert.Equal(500, _lab.AssertLedger("before.db"));
    }

    private static bool IsAttention(string note) =>
        note.StartsWith("WARNING: ", StringComparison.Ordinal) && note.Contains("no tables", StringComparison.Ordinal);

    /// <summary>As the engine does: a snapshot that is refused is followed by a base.</summary>
    private static async Task<StoredPart> BackupAfterAsync(SqliteDataOwner owner, StoredPart parent)
    {
        await owner.GiveSnapshotAsync(parent.Snapshot, 1 << 20);
        try
        {
            await owner.AllSnapshotsSuppliedAsync(SqliteLab.Token);
        }
        catch (ConnException e) when (e.Code == ErrorCode.Corrupt)
        {
            Assert.Contains("page size", e.Message, StringComparison.Ordinal);
        }

        return await owner.ReadAllAsync();
    }

    private async Task EmptyAsync(string how)
    {
        switch (how)
        {
            case "cut":
                await File.WriteAllBytesAsync(_lab.At("a.db"), [], SqliteLab.Token);
                break;
            case "dropped":
                using (SqliteConnection connection = _lab.Open("a.db"))
                {
                    SqliteLab.Execute(connection, "DROP TABLE debit; DROP TABLE credit");
                }

                break;
            default:
                File.Delete(_lab.At("a.db"));
                using (SqliteConnection connection = _lab.Open("a.db"))
                {
                    SqliteLab.Execute(connection, "PRAGMA user_version = 3");
                }

                break;
        }
    }
}
