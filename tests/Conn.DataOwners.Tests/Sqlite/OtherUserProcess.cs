using System.Runtime.InteropServices;
using Conn.ActiveBackup;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>What this test program does as another user: all of its threads become that user first.</summary>
internal static partial class OtherUserProcess
{
    private const uint User = 65534;

    public static string Run(string role, string path, string spool)
    {
        byte[] data = File.ReadAllBytes(path + ".stream");
        if (SetGroups(0, 0) != 0 || SetGroup(User, User, User) != 0 || SetUser(User, User, User) != 0)
        {
            return "cannot become another user";
        }

        SqliteDataOwner owner = new(new SqliteOwnerOptions { Name = "ledger", DatabasePath = path, SpoolFolder = spool });
        return role == "backup-as-other"
            ? $"backed up {Backup(owner)} bytes"
            : $"plan {CodeOf(() => Wait(owner.PlanRestoreAsync(DriveNumber.C, data.Length, CancellationToken.None)))}, "
                + $"run {CodeOf(() => Prepare(owner, data))}";
    }

    private static string CodeOf(Action call)
    {
        try
        {
            call();
            return "done";
        }
        catch (ConnException e)
        {
            return e.Code.ToString();
        }
    }

    private static long Backup(SqliteDataOwner owner)
    {
        _ = Wait(owner.RecoverAsync(CancellationToken.None));
        Wait(owner.AllSnapshotsSuppliedAsync(CancellationToken.None));
        Wait(owner.InitialiseGetBackupDataAsync(DriveNumber.C, CancellationToken.None));
        byte[] buffer = new byte[1 << 20];
        long bytes = 0;
        SectionResult result;
        do
        {
            result = Wait(owner.GetBackupDataSectionAsync(buffer, CancellationToken.None));
            bytes += result.Bytes;
        }
        while (!result.Finished);

        Wait(owner.DisposeAsync());
        return bytes;
    }

    private static void Prepare(SqliteDataOwner owner, byte[] data)
    {
        Wait(owner.InitialiseRestoreBaseDataAsync(DriveNumber.C, CancellationToken.None));
        Wait(owner.RestoreBaseDataSectionAsync(data, last: true, CancellationToken.None));
        _ = Wait(owner.PrepareRestoreAsync(DriveNumber.C, CancellationToken.None));
    }

    // Not awaited: this runs in the initializer of the module, for which a continuation in it would wait.
    private static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();

    private static T Wait<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    [LibraryImport("libc", EntryPoint = "setgroups")]
    private static partial int SetGroups(nint count, nint groups);

    [LibraryImport("libc", EntryPoint = "setresgid")]
    private static partial int SetGroup(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresuid")]
    private static partial int SetUser(uint real, uint effective, uint saved);
}
