using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class PartTypeTests
{
    [Theory]
    [InlineData(PartType.Base)]
    [InlineData(PartType.Quiesced)]
    [InlineData(PartType.Proxied)]
    public async Task A_part_without_a_parent_is_listed_with_its_type_and_its_set_is_a_base(PartType type)
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded, Type = type }, Token);
        await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        BackupSet listed = Assert.Single(await repository.ListSetsAsync(Token));
        Assert.Equal((type, SetType.Base), (listed.Parts[0].Type, listed.Type));
        Assert.Null(listed.Parts[0].Parent);
    }

    [Fact]
    public async Task An_increment_is_listed_with_its_parent_and_makes_its_set_an_increment()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        BackupSet first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        await using (RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token))
        {
            await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
            await PartAsync(writer, 1, first.Part(1), [Noise(2, 10)]);
            await PartAsync(writer, 2, null, [Noise(3, 10)]);
            await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        }

        BackupSet listed = (await repository.ListSetsAsync(Token))[1];
        Assert.Equal(SetType.Increment, listed.Type);
        Assert.Equal([(PartType.Increment, first.Id), (PartType.Base, default(SetId?))], listed.Parts.Select(static part => (part.Type, part.Parent)));
    }

    [Fact]
    public async Task A_type_that_does_not_agree_with_the_parent_is_refused_and_the_part_stays_open()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        BackupSet first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter increment = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1, Parent = first.Part(1) }, Token);
        await RequireRefusedAsync(increment, [PartType.Base, PartType.Quiesced, PartType.Proxied, (PartType)4, (PartType)(-1)]);
        await increment.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded, Type = PartType.Increment }, Token);
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "two", Sid = 2 }, Token);
        await RequireRefusedAsync(part, [PartType.Increment, (PartType)4]);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded, Type = PartType.Proxied }, Token);
        await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Assert.Empty((await repository.ListSetsAsync(Token)).Problems);
    }

    [Fact]
    public async Task An_abandoned_part_records_a_parent_only_as_an_increment()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        BackupSet first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        foreach (PartType type in Enum.GetValues<PartType>())
        {
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
            PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1, Parent = first.Part(1) }, Token);
            await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed, Type = type }, Token);
            PartWriter other = await writer.BeginPartAsync(new NewOwnerPart { Name = "two", Sid = 2 }, Token);
            PartResult result = new() { Outcome = PartOutcome.Skipped, Type = PartType.Quiesced };
            await Assert.ThrowsAsync<ArgumentException>(async () => await other.AbandonAsync(result with { Type = PartType.Increment }, Token));
            await other.AbandonAsync(result, Token);
            await writer.CommitAsync(SetOutcome.Failed, null, Token);
            OwnerPart listed = (await repository.ListSetsAsync(Token))[^1].Parts[0];
            Assert.Equal((type, type == PartType.Increment ? first.Id : null), (listed.Type, listed.Parent));
        }
    }

    private static async Task RequireRefusedAsync(PartWriter part, PartType[] types)
    {
        foreach (PartType type in types)
        {
            ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(
                async () => await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded, Type = type }, Token));
            Assert.Contains("Type", error.Message, StringComparison.Ordinal);
        }
    }
}
