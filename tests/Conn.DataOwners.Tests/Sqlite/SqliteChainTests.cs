using Conn.ActiveBackup;
using CsCheck;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

public sealed class SqliteChainTests : IDisposable
{
    private static readonly string[] Changes =
    [
        "INSERT INTO t (k, pad) SELECT random(), randomblob(200) FROM t LIMIT 50",
        "DELETE FROM t WHERE id % 3 = 0 AND id > 20",
        "UPDATE t SET k = k + 1 WHERE id % 7 = 0",
        "DELETE FROM t WHERE id > 30",
        "VACUUM",
        "CREATE INDEX IF NOT EXISTS tk ON t (k)",
        "DROP INDEX IF EXISTS tk",
        "PRAGMA journal_mode = wal",
        "PRAGMA journal_mode = delete",
        "PRAGMA journal_mode = delete; PRAGMA page_size = 1024; VACUUM",
        "PRAGMA auto_vacuum = FULL; VACUUM",
        "SELECT 1",
    ];

    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Whatever_happened_between_backups_the_chain_restores_the_last_state() =>
        await Gen.Int[0, Changes.Length - 1].Array[1, 3].Array[1, 5].SampleAsync(
            async steps =>
            {
                string name = Guid.NewGuid().ToString("N");
                using SqliteConnection connection = _lab.Open(name + ".db");
                SqliteLab.Execute(connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, k INTEGER, pad BLOB)");
                SqliteLab.Execute(connection, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) INSERT INTO t (k, pad) SELECT i, randomblob(200) FROM n");
                await using SqliteDataOwner owner = _lab.Owner(name + ".db");
                List<StoredPart> chain = [await owner.BackupAsync()];
                foreach (int[] step in steps)
                {
                    foreach (int change in step)
                    {
                        SqliteLab.Execute(connection, Changes[change]);
                    }

                    await ExtendAsync(owner, chain);
                }

                await using SqliteDataOwner target = _lab.Owner(name + ".out", inPlace: false);
                _ = await target.RestoreAsync([.. chain.Select(p => p.Data)], split: 777);
                uint expected = await owner.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token);
                uint restored = await target.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token);
                using SqliteConnection copy = _lab.Open(name + ".out");
                return expected == restored
                    && SqliteLab.Scalar<string>(copy, "PRAGMA integrity_check") == "ok"
                    && SqliteLab.Scalar<string>(copy, "PRAGMA journal_mode") == SqliteLab.Scalar<string>(connection, "PRAGMA journal_mode");
            },
            iter: 40,
            threads: 1);

    // What the engine does: a refused snapshot means a base, and with it a new chain.
    private static async Task ExtendAsync(SqliteDataOwner owner, List<StoredPart> chain)
    {
        StoredPart next;
        try
        {
            next = await owner.BackupAsync(chain[^1]);
        }
        catch (ConnException e) when (e.Code == ErrorCode.Corrupt)
        {
            next = await owner.ReadAllAsync();
            chain.Clear();
        }

        chain.Add(next);
    }
}
