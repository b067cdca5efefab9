using Conn.Repository.Sets;
using Conn.Testing.Storage;
using CsCheck;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class RoundTripTests
{
    private static readonly Gen<int> Length = Gen.Frequency((5, Gen.Int[1, 300]), (3, Gen.Int[1, 6000]), (1, Gen.Int[1, 1 << 20]));

    private static readonly Gen<byte[]> Section = Gen.Select(Gen.Int[0, 1000], Gen.Bool, Length)
        .Select(static (seed, noise, bytes) => noise ? Noise(seed, bytes) : Text(seed, bytes));

    private static readonly Gen<(byte Drive, byte[][] Data, byte[][] Snapshot)> Drive = Gen.Select(Gen.Byte[0, 25], Section.Array[0, 8], Section.Array[0, 4]);

    [Fact]
    public async Task Any_sections_on_any_drives_are_read_back_unchanged_with_any_number_of_workers()
    {
        await Gen.Select(Drive.Array[1, 3], Gen.Int[0, 3], Gen.Int[4096, 2 << 20]).SampleAsync(async (drives, workers, segmentBytes) =>
        {
            var storage = new TearingStorage();
            await using var repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers, SegmentBytes = segmentBytes });
            drives = [.. drives.DistinctBy(static drive => drive.Drive)];
            var first = await WriteAsync(repository, drives, null);
            var second = await WriteAsync(repository, drives, first.Parts[0]);
            foreach (var set in new[] { first, second })
            {
                foreach (var (drive, data, snapshot) in drives)
                {
                    Assert.Equal(data, await ReadAsync(repository, set.Parts[0], StreamKind.Data, drive));
                    Assert.Equal(snapshot, await ReadAsync(repository, set.Parts[0], StreamKind.Snapshot, drive));
                }
            }

            var report = await VerifyAsync(storage, workers: workers);
            Assert.Empty(report.Problems);
            Assert.Equal(2 * drives.Sum(static drive => drive.Data.Length + drive.Snapshot.Length), report.Sections);
        }, iter: 25, threads: 1);
    }

    private static async Task<BackupSet> WriteAsync(BackupRepository repository, (byte Drive, byte[][] Data, byte[][] Snapshot)[] drives, OwnerPart? parent)
    {
        await using var held = await repository.LockForWritingAsync("a test", Token);
        await using var writer = repository.BeginSet(held, new NewBackupSet());
        var part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1, Parent = parent }, Token);
        foreach (var (drive, data, snapshot) in drives)
        {
            await StreamAsync(part, StreamKind.Data, data, drive);
            await StreamAsync(part, StreamKind.Snapshot, snapshot, drive);
        }

        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded, Type = parent is null ? PartType.Base : PartType.Increment }, Token);
        return await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
    }
}
