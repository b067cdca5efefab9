using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>A full disk while one part is written ends that part only; every other failure ends the set.</summary>
public sealed class FullDiskTests
{
    private const string Message = "The storage failed.";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_part_that_fills_the_disk_is_abandoned_and_the_other_parts_are_committed(int workers)
    {
        int full = 0;
        for (int room = 16_000; room < 60_000; room += 1700)
        {
            TearingStorage storage = new();
            await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers, SegmentBytes = 8192 });
            storage.CapacityBytes = storage.Files().Sum(static file => file.Bytes) + room;
            BackupSet? set = await BackupWithALargePartAsync(repository, [.. Enumerable.Range(2, 8).Select(static seed => Noise(seed, 4000))]);
            Assert.Equal(set is not null, storage.WasFull);
            if (set is not null)
            {
                Assert.Equal([PartOutcome.Succeeded, PartOutcome.Failed, PartOutcome.Succeeded], set.Parts.Select(static part => part.Outcome));
                full++;
            }

            Assert.Empty((await VerifyAsync(storage, workers: workers)).Problems);
            Assert.DoesNotContain(storage.Files(), static file => file.Path.StartsWith("tmp/", StringComparison.Ordinal));
            Assert.DoesNotContain(storage.Files(), static file => file.Path.Contains("/0001-", StringComparison.Ordinal));
        }

        Assert.InRange(full, 10, 25);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_disk_that_is_full_at_the_flush_of_the_open_part_ends_that_part_only(int workers)
    {
        HookedStorage storage = new(new TearingStorage());
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers, SegmentBytes = 4096 });
        storage.BeforeFlush = path => Fail(path, "/0001-", RepositoryFailure.DiskFull);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        await PartAsync(writer, 1, null, [Noise(1, 3000)]);
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "large", Sid = 2 }, Token);
        SectionStreamWriter stream = await part.OpenStreamAsync(DriveC, StreamKind.Data, Token);
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(async () =>
        {
            // The first file is flushed while the next ones are written. Only a few files can wait for their flush, so the failure reaches one of these calls.
            for (int i = 0; i < 100; i++)
            {
                await stream.WriteAsync(Noise(2, 3000), Token);
            }
        });
        Assert.Equal(RepositoryFailure.DiskFull, error.Failure);
        await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed, Errors = [error.Message] }, Token);
        await PartAsync(writer, 3, null, [Noise(4, 3000)]);
        BackupSet set = await writer.CommitAsync(SetOutcome.Partial, null, Token);
        Assert.Equal([PartOutcome.Succeeded, PartOutcome.Failed, PartOutcome.Succeeded], set.Parts.Select(static each => each.Outcome));
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Fact]
    public async Task Without_workers_a_disk_that_is_full_when_a_part_is_completed_ends_that_part_only()
    {
        HookedStorage storage = new(new TearingStorage());
        await using BackupRepository repository = await CreateAsync(storage);
        storage.BeforeFlush = path => Fail(path, "/0001-", RepositoryFailure.DiskFull);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        await PartAsync(writer, 1, null, [Noise(1, 3000)]);
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "two", Sid = 2 }, Token);
        await StreamAsync(part, StreamKind.Data, [Noise(2, 3000)]);
        PartResult result = new() { Outcome = PartOutcome.Succeeded };
        foreach (int _ in new[] { 1, 2 })
        {
            RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(async () => await part.CompleteAsync(result, Token));
            Assert.Equal(RepositoryFailure.DiskFull, error.Failure);
        }

        await part.AbandonAsync(result with { Outcome = PartOutcome.Failed }, Token);
        await PartAsync(writer, 3, null, [Noise(3, 3000)]);
        Assert.Equal(6000, (await writer.CommitAsync(SetOutcome.Partial, null, Token)).Bytes);
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Fact]
    public async Task A_disk_that_is_full_at_the_flush_of_a_completed_part_fails_the_commit()
    {
        HookedStorage storage = new(new TearingStorage());
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = 1 });
        TaskCompletionSource isCompleted = new();
        storage.BeforeFlush = async path =>
        {
            await isCompleted.Task;
            await Fail(path, "/0000-", RepositoryFailure.DiskFull);
        };
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        await PartAsync(writer, 1, null, [Noise(1, 3000)]);
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "two", Sid = 2 }, Token);
        isCompleted.SetResult();
        await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed }, Token);
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(async () => await writer.CommitAsync(SetOutcome.Partial, null, Token));
        Assert.Equal(RepositoryFailure.DiskFull, error.Failure);
        Assert.Empty(await repository.ListSetsAsync(Token));
    }

    [Theory]
    [InlineData(0, RepositoryFailure.Io)]
    [InlineData(2, RepositoryFailure.Io)]
    [InlineData(0, RepositoryFailure.NotPermitted)]
    [InlineData(2, RepositoryFailure.NotPermitted)]
    public async Task Any_other_failure_of_the_storage_fails_the_set_although_the_part_is_abandoned(int workers, RepositoryFailure failure)
    {
        HookedStorage storage = new(new TearingStorage());
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers });
        storage.BeforeAppend = path => Fail(path, "/0001-", failure);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        await PartAsync(writer, 1, null, [Noise(1, 3000)]);
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "two", Sid = 2 }, Token);
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(async () => await StreamAsync(part, StreamKind.Data, [Noise(2, 3000)]));
        Assert.Equal(failure, error.Failure);
        await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed }, Token);
        foreach (Func<Task> call in new Func<Task>[]
        {
            async () => await writer.BeginPartAsync(new NewOwnerPart { Name = "three", Sid = 3 }, Token),
            async () => await writer.CommitAsync(SetOutcome.Partial, null, Token),
        })
        {
            Assert.Equal(failure, (await Assert.ThrowsAsync<RepositoryException>(call)).Failure);
        }

        Assert.Empty(await repository.ListSetsAsync(Token));
    }

    [Fact]
    public async Task A_full_disk_leaves_the_part_open_until_it_is_abandoned_and_every_call_of_it_fails()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        storage.CapacityBytes = storage.Files().Sum(static file => file.Bytes) + 1000;
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        SectionStreamWriter stream = await part.OpenStreamAsync(DriveC, StreamKind.Data, Token);
        foreach (Func<Task> call in new Func<Task>[]
        {
            async () => await stream.WriteAsync(Noise(1, 3000), Token),
            async () => await stream.WriteAsync(Noise(2, 10), Token),
            async () => await stream.CompleteAsync(Token),
        })
        {
            Assert.Equal(RepositoryFailure.DiskFull, (await Assert.ThrowsAsync<RepositoryException>(call)).Failure);
        }

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.BeginPartAsync(new NewOwnerPart { Name = "two", Sid = 2 }, Token));
        await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed }, Token);
        await PartAsync(writer, 2, null, [Noise(3, 10)]);
        Assert.Equal(10, (await writer.CommitAsync(SetOutcome.Partial, null, Token)).Bytes);
    }

    [Fact]
    public async Task On_a_real_disk_that_is_full_the_other_parts_are_committed()
    {
        using SmallDisk disk = SmallDisk.Mount(8 << 20);
        Storage.FolderStorage storage = new(Path.Combine(disk.Path, "repository"));
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { SegmentBytes = 1 << 20 });
        BackupSet? set = await BackupWithALargePartAsync(repository, [.. Enumerable.Range(2, 20).Select(static seed => Noise(seed, 500_000))]);
        Assert.NotNull(set);
        Assert.Equal([PartOutcome.Succeeded, PartOutcome.Failed, PartOutcome.Succeeded], set.Parts.Select(static part => part.Outcome));
        Assert.Equal([Noise(1, 5000)], await ReadAsync(repository, set.Parts[0], StreamKind.Data));
        Assert.Equal([Noise(99, 5000)], await ReadAsync(repository, set.Parts[2], StreamKind.Data));
        Assert.Empty((await VerifyAsync(storage, workers: 2)).Problems);
    }

    /// <summary>Backs up a small, a large and a small owner. Returns null when even the large one found room.</summary>
    private static async Task<BackupSet?> BackupWithALargePartAsync(BackupRepository repository, byte[][] large)
    {
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet { Time = Start });
        await PartAsync(writer, 1, null, [Noise(1, 5000)]);
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "large", Sid = 2 }, Token);
        Exception? error = await Record.ExceptionAsync(async () =>
        {
            await StreamAsync(part, StreamKind.Data, large);
            await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, Token);
        });
        if (error is null)
        {
            return null;
        }

        Assert.Equal(RepositoryFailure.DiskFull, Assert.IsType<RepositoryException>(error).Failure);
        await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed, Errors = [error.Message] }, Token);
        await PartAsync(writer, 3, null, [Noise(99, 5000)]);
        return await writer.CommitAsync(SetOutcome.Partial, null, Token);
    }

    private static Task Fail(string path, string name, RepositoryFailure failure) =>
        path.Contains(name, StringComparison.Ordinal) ? throw new RepositoryException(failure, Message) : Task.CompletedTask;
}
