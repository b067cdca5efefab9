using Conn.Repository.Checks;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.Encryption.RotationKit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Encryption;

/// <summary>When keys are rotated, and what may go wrong.</summary>
public sealed class RotationTests
{
    [Fact]
    public async Task After_a_rotation_that_may_be_committed_nothing_is_written_with_the_old_keys()
    {
        HookedStorage storage = new(await SmallAsync(Old));
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: 3, key: Old), Token);
        await using (RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token))
        {
            storage.BeforeFlushFolder = static path => path == "keys" ? throw new RepositoryException(RepositoryFailure.Io, "A test.") : Task.CompletedTask;
            await Assert.ThrowsAsync<RepositoryException>(async () => await repository.Keys!.RotateAsync(held, New, Token));
            storage.BeforeFlushFolder = null;
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await repository.Keys!.AddAsync(held, New, Token));
            await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet { Time = Start });
            await PartAsync(writer, 1, null, [Noise(1, 100)]);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CommitAsync(SetOutcome.Succeeded, null, Token));
        }

        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await repository.LockForWritingAsync("a test", Token));
        Assert.Equal(RepositoryFailure.WrongKey, refused.Failure);
        await using BackupRepository reopened = await BackupRepository.OpenAsync(storage, Inline(seed: 4, key: New), Token);
        await BackupAsync(reopened, 1, null, [Noise(1, 100)]);
        Assert.Equal((4, 0), ((await reopened.ListSetsAsync(Token)).Count, (await reopened.ListSetsAsync(Token)).Problems.Count));
    }

    [Fact]
    public async Task Keys_are_not_rotated_while_a_set_is_written()
    {
        TearingStorage storage = await SmallAsync(Old);
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: 3, key: Old), Token);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using (BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet { Time = Start }))
        {
            await PartAsync(writer, 1, null, [Noise(1, 100)]);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await repository.Keys!.RotateAsync(held, New, Token));
            await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        }

        await repository.Keys!.RotateAsync(held, New, Token);
        VerifyReport report = await VerifyAsync(storage, key: New);
        Assert.Equal((4, 0), (report.Sets, report.Problems.Count));
    }

    [Fact]
    public async Task A_damaged_segment_keeps_nobody_from_rotating_and_stays_damaged()
    {
        TearingStorage storage = await SmallAsync(Old);
        string path = storage.Files().First(static file => file.Path.EndsWith(".data", StringComparison.Ordinal)).Path;
        byte[] good = storage.Read(path);
        byte[] bad = [.. good];
        bad[^20] ^= 1;
        storage.Put(path, bad);
        await RotateAsync(storage, Old, New);
        Assert.All((await VerifyAsync(storage, key: New)).Problems, problem => Assert.Contains(path, problem.What, StringComparison.Ordinal));
        storage.Put(path, good);
        Assert.NotEmpty((await VerifyAsync(storage, key: New)).Problems);
    }
}
