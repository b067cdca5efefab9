using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>Each flush of a backup or of a restore record fails in turn, and then the power is lost: what is listed is whole, and nothing was called
/// durable.</summary>
public sealed class FailingFlushTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flush_that_fails_ends_the_commit_is_not_repeated_and_leaves_the_old_sets(bool restore)
    {
        int failed = 0;
        for (int flush = 1; ; flush++)
        {
            var storage = new TearingStorage();
            var failing = new HookedStorage(storage);
            BackupSet first;
            await using (BackupRepository repository = await CreateAsync(storage))
            {
                first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
            }

            List<string> flushed = [];
            string? failedPath = null;
            Task Flush(string path)
            {
                flushed.Add(path);
                failedPath = flushed.Count == flush ? path : failedPath;
                return flushed.Count == flush ? throw new RepositoryException(RepositoryFailure.Io, $"Cannot flush {path}.") : Task.CompletedTask;
            }

            (failing.BeforeFlush, failing.BeforeFlushFolder) = (Flush, Flush);
            Exception? error = await Record.ExceptionAsync(async () => await WriteAsync(failing, restore, first));
            if (failedPath is null)
            {
                Assert.Null(error);
                break;
            }

            failed++;
            Assert.Equal(RepositoryFailure.Io, Assert.IsType<RepositoryException>(error).Failure);
            Assert.DoesNotContain(failedPath, flushed.Skip(flush));

            storage.Crash(flush);
            await using BackupRepository after = await BackupRepository.OpenAsync(storage, Inline(), Token);
            Assert.NotNull((await after.ListSetsAsync(Token)).Find(first.Id));
            Assert.Empty((await VerifyAsync(storage)).Problems);
            await BackupAsync(after, 1, null, [Noise(3, 10)]);
        }

        Assert.True(failed >= (restore ? 4 : 7), $"Only {failed} flushes.");
    }

    private static async Task WriteAsync(HookedStorage storage, bool restore, BackupSet first)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(2), Token);
        if (!restore)
        {
            await BackupAsync(repository, 1, null, [Noise(2, 10)]);
            return;
        }

        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        var owner = new RestoreOwner { Name = "one", Sid = 1, Set = first.Id, Drives = [new(DriveC, new byte[] { 1, 2 })], ChangesParent = true };
        await repository.Restores.CommitAsync(held, new NewRestoreRecord { Time = Start, Owners = [owner] }, Token);
    }
}
