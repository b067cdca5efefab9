using Conn.ActiveBackup;
using Conn.Testing.Owners;
using Microsoft.Data.Sqlite;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>A SQLite owner over a real database, as the subject of the suites.</summary>
internal sealed class SqliteSubject : DataOwnerSubject
{
    private readonly SqliteLab _lab = new();
    private SqliteDataOwner _owner;

    public SqliteSubject()
    {
        using (SqliteConnection connection = _lab.Open("notes.db"))
        {
            SqliteLab.Execute(connection, "PRAGMA page_size = 1024; PRAGMA journal_mode = wal; CREATE TABLE notes (id INTEGER PRIMARY KEY, seed INTEGER, text BLOB)");
        }

        _owner = _lab.Owner("notes.db");
        Change(0);
    }

    public override IActiveBackupDataClient Client => _owner;

    public override bool RealWork => true;

    public override void Change(int seed)
    {
        using SqliteConnection connection = _lab.Open("notes.db");
        SqliteLab.Execute(connection, $"BEGIN IMMEDIATE; DELETE FROM notes WHERE id % 5 = 1; UPDATE notes SET seed = {seed} WHERE id % 3 = 0;"
            + $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) INSERT INTO notes (seed, text) SELECT {seed}, randomblob(300) FROM n; COMMIT");
    }

    public override void ChangeInPlace(int seed)
    {
        using SqliteConnection connection = _lab.Open("notes.db");
        SqliteLab.Execute(connection, "UPDATE notes SET text = randomblob(300) WHERE id % 2 = 0");
    }

    public override void Clear()
    {
        using SqliteConnection connection = _lab.Open("notes.db");
        SqliteLab.Execute(connection, "DELETE FROM notes");
    }

    public override string Image(DriveNumber drive)
    {
        using SqliteConnection connection = _lab.Open("notes.db");
        return SqliteLab.Scalar<long>(connection, "SELECT count(*) FROM notes") + " rows: "
            + SqliteLab.Scalar<string>(connection, "SELECT coalesce(group_concat(id || '.' || seed || '.' || substr(hex(text), 1, 8)), '') FROM (SELECT * FROM notes ORDER BY id)");
    }

    public override async ValueTask ReopenAsync()
    {
        await _owner.DisposeAsync();
        _owner = _lab.Owner("notes.db");
    }

    public override async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync();
        _lab.Dispose();
        await base.DisposeAsync();
    }
}
