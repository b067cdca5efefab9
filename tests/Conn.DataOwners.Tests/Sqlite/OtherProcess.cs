using System.Globalization;
using System.Runtime.CompilerServices;
using Conn.ActiveBackup;
using Microsoft.Data.Sqlite;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>What this test program does when it was started as another process: a writer, a holder of a lock, a restore to be killed.</summary>
internal static class OtherProcess
{
    public const string RoleVariable = "CONN_TEST_ROLE";
    public const string PathVariable = "CONN_TEST_PATH";
    public const string SpoolVariable = "CONN_TEST_SPOOL";

#pragma warning disable CA2255 // The test program's entry point is generated; this runs before it.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Enter()
    {
        string? role = Environment.GetEnvironmentVariable(RoleVariable);
        if (role is null)
        {
            return;
        }

        string path = Environment.GetEnvironmentVariable(PathVariable)!;
        switch (role)
        {
            case "write":
                Write(path);
                break;
            case "try-write":
                TryWrite(path);
                break;
            case "hold-read":
                Hold(path, "BEGIN; SELECT count(*) FROM debit");
                break;
            case "hold-write":
                Hold(path, "BEGIN IMMEDIATE");
                break;
            case "hold-all":
                Hold(path, "BEGIN EXCLUSIVE");
                break;
            case "backup-as-other":
            case "plan-and-prepare-as-other":
                Console.WriteLine(OtherUserProcess.Run(role, path, Environment.GetEnvironmentVariable(SpoolVariable)!));
                _ = Console.In.Read();
                break;
            default:
                Restore(path, Environment.GetEnvironmentVariable(SpoolVariable)!, complete: role == "restore-complete");
                break;
        }

        Environment.Exit(0);
    }

    /// <summary>Says in one line whether a row could be written at once, or why not.</summary>
    private static void TryWrite(string path)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=False;Default Timeout=1");
        connection.Open();
        try
        {
            SqliteLab.Execute(connection, "INSERT INTO t VALUES (3)");
            Console.Out.WriteLine("written");
        }
        catch (SqliteException refusal)
        {
            Console.Out.WriteLine(refusal.Message);
        }
    }

    private static void Write(string path)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=False;Default Timeout=30");
        connection.Open();
        Task<int> end = Task.Run(Console.In.Read);
        long commits = 0;
        while (!end.IsCompleted)
        {
            SqliteLab.Execute(
                connection,
                """
                BEGIN IMMEDIATE;
                UPDATE debit SET amount = amount + 7, pad = randomblob(300) WHERE id = 1 + abs(random() % 400);
                INSERT INTO debit (amount, pad) VALUES (5, randomblob(300));
                INSERT INTO credit (amount, pad) SELECT (SELECT sum(amount) FROM debit) - (SELECT sum(amount) FROM credit), randomblob(300);
                COMMIT;
                """);
            commits++;
            if (commits == 3)
            {
                Console.WriteLine("writing");
            }
        }

        Console.WriteLine(commits.ToString(CultureInfo.InvariantCulture));
    }

    private static void Hold(string path, string sql)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=False;Default Timeout=30");
        connection.Open();
        SqliteLab.Execute(connection, sql);
        Console.WriteLine("held");
        _ = Console.In.Read();
    }

    private static void Restore(string path, string spool, bool complete)
    {
        SqliteDataOwner owner = new(new SqliteOwnerOptions { Name = "ledger", DatabasePath = path, SpoolFolder = spool });
        byte[] data = File.ReadAllBytes(path + ".stream");
        owner.InitialiseRestoreBaseDataAsync(DriveNumber.C, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        owner.RestoreBaseDataSectionAsync(data, last: true, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        ReadOnlyMemory<byte> token = owner.PrepareRestoreAsync(DriveNumber.C, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Console.WriteLine(Convert.ToHexString(token.Span));
        if (complete)
        {
            owner.RestoreCompleteAsync(DriveNumber.C, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Console.WriteLine("done");
        }

        _ = Console.In.Read();
    }
}
