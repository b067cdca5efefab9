using Conn.ActiveBackup;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>What the engine asks of an owner, in its order, with any buffer size and any split.</summary>
internal static class OwnerDriver
{
    public static async Task<StoredPart> BackupAsync(this SqliteDataOwner owner, StoredPart? parent = null, int bufferBytes = 1 << 20)
    {
        if (parent is not null)
        {
            await owner.GiveSnapshotAsync(parent.Snapshot, bufferBytes);
        }

        await owner.AllSnapshotsSuppliedAsync(SqliteLab.Token);
        return await owner.ReadAllAsync(bufferBytes);
    }

    public static async Task<StoredPart> ReadAllAsync(this SqliteDataOwner owner, int bufferBytes = 1 << 20)
    {
        CancellationToken token = SqliteLab.Token;
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, token);
        byte[] buffer = new byte[bufferBytes];
        using MemoryStream data = new();
        SectionResult result;
        do
        {
            result = await owner.GetBackupDataSectionAsync(buffer, token);
            data.Write(buffer, 0, result.Bytes);
        }
        while (!result.Finished);

        List<byte[]> pieces = [];
        do
        {
            result = await owner.GetSnapshotDataAsync(DriveNumber.C, buffer, token);
            pieces.Add(buffer[..result.Bytes]);
        }
        while (!result.Finished);

        return new StoredPart(data.ToArray(), [.. pieces.SelectMany(p => p)], pieces);
    }

    public static async Task GiveSnapshotAsync(this SqliteDataOwner owner, byte[] snapshot, int split)
    {
        for (int at = 0; at < snapshot.Length; at += split)
        {
            int bytes = Math.Min(split, snapshot.Length - at);
            await owner.ReceiveSnapshotDataAsync(DriveNumber.C, snapshot.AsMemory(at, bytes), at + bytes == snapshot.Length, SqliteLab.Token);
        }
    }

    /// <summary>Gives a base and its increments; every stream ends with an empty last section.</summary>
    public static async Task StageAsync(this SqliteDataOwner owner, IReadOnlyList<byte[]> chain, int split = 1 << 20)
    {
        CancellationToken token = SqliteLab.Token;
        for (int i = 0; i < chain.Count; i++)
        {
            await (i == 0 ? owner.InitialiseRestoreBaseDataAsync(DriveNumber.C, token) : owner.InitialiseRestoreIncrementDataAsync(DriveNumber.C, token));
            for (int at = 0; at < chain[i].Length; at += split)
            {
                ReadOnlyMemory<byte> section = chain[i].AsMemory(at, Math.Min(split, chain[i].Length - at));
                await (i == 0 ? owner.RestoreBaseDataSectionAsync(section, last: false, token) : owner.RestoreIncrementDataSectionAsync(section, last: false, token));
            }

            await (i == 0 ? owner.RestoreBaseDataSectionAsync(default, last: true, token) : owner.RestoreIncrementDataSectionAsync(default, last: true, token));
        }
    }

    public static async Task<ReadOnlyMemory<byte>> RestoreAsync(this SqliteDataOwner owner, IReadOnlyList<byte[]> chain, int split = 1 << 20)
    {
        await owner.StageAsync(chain, split);
        ReadOnlyMemory<byte> token = await owner.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token);
        await owner.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);
        return token;
    }
}
