using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class SectionStreamWriterTests
{
    [Fact]
    public async Task A_fast_owner_waits_for_a_buffer_and_memory_stays_bounded()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage, new RepositoryOptions { Workers = 2, SectionBytes = 1000 });
        await using var held = await repository.LockForWritingAsync("a test", Token);
        await using var writer = repository.BeginSet(held, new NewBackupSet());
        var part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        var stream = await part.OpenStreamAsync(1, StreamKind.Data, Token);
        var rented = new List<SectionBuffer>();
        ValueTask<SectionBuffer> waiting;
        while ((waiting = stream.RentAsync(Token)).IsCompleted)
        {
            rented.Add(await waiting);
        }

        Assert.Equal(6, rented.Count);
        rented[0].Dispose();
        rented[0].Dispose();
        using var last = await waiting;
        Assert.Equal(1000, last.Memory.Length);
        rented.ForEach(static buffer => buffer.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task What_was_written_is_counted_plain_and_stored(int workers)
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers });
        await using var held = await repository.LockForWritingAsync("a test", Token);
        await using var writer = repository.BeginSet(held, new NewBackupSet());
        var part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        var stream = await StreamAsync(part, StreamKind.Data, [new byte[1 << 20], Noise(1, 1000), []]);
        Assert.Equal((1 << 20) + 1000, stream.Bytes);
        Assert.InRange(stream.StoredBytes, 1000 + 88 + 88 + 1, 1500);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, Token);
        var set = await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Assert.Equal(new StreamInfo(2, stream.Bytes, stream.StoredBytes) { Offset = 64 }, set.Parts[0].Drives[0].Data);
        Assert.Equal(stream.StoredBytes + 64, set.StoredBytes);
    }
}
