using Conn.ActiveBackup;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Plays the engine: takes backups and gives them back, with sections cut as a seed says.</summary>
internal static class OwnerDriver
{
    internal static DirectoryDataOwner Owner(string path, TimeProvider? clock = null, IFileStatusSource? statuses = null, IReadOnlyList<string>? exclude = null, Action<string>? beforeSwapStep = null, bool twoRenames = false) =>
        new(new DirectoryOwnerOptions { Name = "files", Path = path, TimeProvider = clock ?? TimeProvider.System, FileStatusSource = statuses, OtherPlaces = exclude ?? [] })
        {
            BeforeSwapStep = beforeSwapStep,
            ForceTwoRenames = twoRenames,
        };

    internal static async Task<Backup> BackupAsync(DirectoryDataOwner owner, Backup? parent, int seed, CancellationToken cancellationToken, int maxSection = 1 << 20)
    {
        var random = new Random(seed);
        if (parent is not null)
        {
            await GiveAsync(parent.Snapshot.SelectMany(static piece => piece).ToArray(), random, maxSection, (bytes, last) => owner.ReceiveSnapshotDataAsync(DriveNumber.C, bytes, last, cancellationToken));
        }

        await owner.AllSnapshotsSuppliedAsync(cancellationToken);
        long expected = await owner.GetExpectedDataSizeAsync(DriveNumber.C, cancellationToken);
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, cancellationToken);
        using var data = new MemoryStream();
        for (bool finished = false; !finished;)
        {
            Memory<byte> buffer = new byte[random.Next(1, maxSection + 1)];
            SectionResult result = await owner.GetBackupDataSectionAsync(buffer, cancellationToken);
            data.Write(buffer.Span[..result.Bytes]);
            finished = result.Finished;
        }

        var snapshot = new List<byte[]>();
        for (bool finished = false; !finished;)
        {
            Memory<byte> buffer = new byte[Math.Max(maxSection, 64)];
            SectionResult result = await owner.GetSnapshotDataAsync(DriveNumber.C, buffer, cancellationToken);
            snapshot.Add(buffer[..result.Bytes].ToArray());
            finished = result.Finished;
        }

        return new Backup(data.ToArray(), snapshot, expected, await owner.TakeRemarksAsync(CancellationToken.None));
    }

    internal static async Task StageAsync(DirectoryDataOwner owner, IReadOnlyList<Backup> chain, int seed, CancellationToken cancellationToken, int maxSection = 1 << 20)
    {
        var random = new Random(seed);
        await owner.InitialiseRestoreBaseDataAsync(DriveNumber.C, cancellationToken);
        await GiveAsync(chain[0].Data, random, maxSection, (bytes, last) => owner.RestoreBaseDataSectionAsync(bytes, last, cancellationToken));
        foreach (Backup increment in chain.Skip(1))
        {
            await owner.InitialiseRestoreIncrementDataAsync(DriveNumber.C, cancellationToken);
            await GiveAsync(increment.Data, random, maxSection, (bytes, last) => owner.RestoreIncrementDataSectionAsync(bytes, last, cancellationToken));
        }
    }

    internal static async Task RestoreAsync(string target, IReadOnlyList<Backup> chain, int seed, CancellationToken cancellationToken, int maxSection = 1 << 20)
    {
        await using DirectoryDataOwner owner = Owner(target);
        await owner.PlanRestoreAsync(DriveNumber.C, 1000, cancellationToken);
        await StageAsync(owner, chain, seed, cancellationToken, maxSection);
        await owner.PrepareRestoreAsync(DriveNumber.C, cancellationToken);
        await owner.RestoreCompleteAsync(DriveNumber.C, cancellationToken);
        await owner.RestoreCompleteAsync(DriveNumber.C, cancellationToken);
    }

    private static async Task GiveAsync(byte[] bytes, Random random, int maxSection, Func<ReadOnlyMemory<byte>, bool, ValueTask> give)
    {
        int done = 0;
        do
        {
            int size = Math.Min(random.Next(1, maxSection + 1), bytes.Length - done);
            await give(bytes.AsMemory(done, size), done + size == bytes.Length);
            done += size;
        }
        while (done < bytes.Length);
    }

    internal sealed record Backup(byte[] Data, IReadOnlyList<byte[]> Snapshot, long Expected, OwnerRemarks Remarks);
}
