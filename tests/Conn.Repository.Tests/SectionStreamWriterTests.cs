using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class SectionStreamWriterTests
{
    [Fact]
    public async Task A_late_write_of_the_caller_does_not_change_what_is_stored()
    {
        TaskCompletionSource storageMayContinue = new();
        HookedStorage storage = new(new TearingStorage());
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = 1 });
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        SectionStreamWriter stream = await part.OpenStreamAsync(DriveC, StreamKind.Data, Token);
        storage.BeforeAppend = _ => storageMayContinue.Task;
        byte[] buffer = new byte[1000];
        for (int seed = 0; seed < 3; seed++)
        {
            Noise(seed, 1000).CopyTo(buffer, 0);
            await stream.WriteAsync(buffer, Token);
            buffer.AsSpan().Fill(0xff);
        }

        storageMayContinue.SetResult();
        await stream.CompleteAsync(Token);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, Token);
        BackupSet set = await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Assert.Equal([Noise(0, 1000), Noise(1, 1000), Noise(2, 1000)], await ReadAsync(repository, set.Parts[0], StreamKind.Data));
    }

    [Theory]
    [InlineData(0, StreamKind.Data)]
    [InlineData(0, StreamKind.Snapshot)]
    [InlineData(2, StreamKind.Data)]
    [InlineData(2, StreamKind.Snapshot)]
    public async Task Memory_that_changes_during_the_write_is_read_once_and_stored_as_it_was_then(int workers, StreamKind kind)
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers });
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        SectionStreamWriter stream = await part.OpenStreamAsync(DriveC, kind, Token);
        ChangingMemory memory = new(new byte[1000]);
        await stream.WriteAsync(memory.Memory, Token);
        await stream.CompleteAsync(Token);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, Token);
        BackupSet set = await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Assert.Equal(1, memory.Reads);
        byte[] stored = Assert.Single(await ReadAsync(repository, set.Parts[0], kind));
        Assert.Equal([1, .. new byte[999]], stored);
    }

    [Fact]
    public async Task A_fast_caller_waits_while_all_private_buffers_are_in_use()
    {
        TaskCompletionSource storageMayContinue = new();
        HookedStorage storage = new(new TearingStorage());
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = 2 });
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        SectionStreamWriter stream = await part.OpenStreamAsync(1, StreamKind.Data, Token);
        storage.BeforeAppend = _ => storageMayContinue.Task;
        int queued = 0;
        ValueTask waiting;
        while ((waiting = stream.WriteAsync(Noise(queued, 100), Token)).IsCompleted)
        {
            await waiting;
            queued++;
        }

        Assert.Equal(6, queued);
        storageMayContinue.SetResult();
        await waiting;
        await stream.CompleteAsync(Token);
        Assert.Equal(700, stream.Bytes);
    }

    [Fact]
    public async Task A_cancelled_wait_for_a_buffer_stores_nothing_and_the_stream_goes_on()
    {
        TaskCompletionSource storageMayContinue = new();
        HookedStorage storage = new(new TearingStorage());
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = 1 });
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        SectionStreamWriter stream = await part.OpenStreamAsync(DriveC, StreamKind.Data, Token);
        storage.BeforeAppend = _ => storageMayContinue.Task;
        byte[][] sections = [.. Enumerable.Range(0, 4).Select(static seed => Noise(seed, 100))];
        foreach (byte[] section in sections)
        {
            await stream.WriteAsync(section, Token);
        }

        using CancellationTokenSource cancellation = new();
        ValueTask waiting = stream.WriteAsync(Noise(9, 100), cancellation.Token);
        Assert.False(waiting.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        storageMayContinue.SetResult();
        await stream.WriteAsync(Noise(4, 100), Token);
        await stream.CompleteAsync(Token);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, Token);
        BackupSet set = await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Assert.Equal([.. sections, Noise(4, 100)], await ReadAsync(repository, set.Parts[0], StreamKind.Data));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_section_longer_than_the_limit_is_cut_and_an_empty_one_is_not_stored(int workers)
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers, SectionBytes = 1000 });
        byte[] section = Noise(1, 2500);
        BackupSet set = await BackupAsync(repository, 1, null, [[], section, [], [7], section[..1000], []]);
        Assert.Equal([section[..1000], section[1000..2000], section[2000..], [7], section[..1000]], await ReadAsync(repository, set.Parts[0], StreamKind.Data));
        Assert.Equal(5, set.Parts[0].Drives[0].Data!.Sections);
        Assert.Equal(3501, set.Bytes);
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task What_was_written_is_counted_plain_and_stored(int workers)
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers });
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        SectionStreamWriter stream = await StreamAsync(part, StreamKind.Data, [new byte[1 << 20], Noise(1, 1000), []]);
        Assert.Equal((1 << 20) + 1000, stream.Bytes);
        Assert.InRange(stream.StoredBytes, 1000 + 88 + 88 + 1, 1500);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, Token);
        BackupSet set = await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Assert.Equal(new StreamInfo(2, stream.Bytes, stream.StoredBytes) { Offset = 64 }, set.Parts[0].Drives[0].Data);
        Assert.Equal(stream.StoredBytes + 64, set.StoredBytes);
    }
}
