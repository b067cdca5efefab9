using Conn.Repository.Encryption;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Encryption;

public sealed class RepositoryKeysTests
{
    private static readonly RepositoryKey First = RepositoryKey.FromKeyFile(Noise(1, 32));
    private static readonly RepositoryKey Second = RepositoryKey.FromKeyFile(Noise(2, 4096));

    [Fact]
    public async Task Each_key_that_was_added_opens_the_repository_until_it_is_removed()
    {
        TearingStorage storage = await SmallAsync(First);
        RepositoryKey recovery = RepositoryKey.NewRecoveryKey(out string text);
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: First), Token);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        string second = await repository.Keys!.AddAsync(held, Second, Token);
        await repository.Keys.AddAsync(held, recovery, Token);
        Assert.Equal(
            [(KeyKind.KeyFile, true), (KeyKind.KeyFile, false), (KeyKind.Recovery, false)],
            (await repository.Keys.ListAsync(Token)).OrderBy(static key => key.Kind).ThenByDescending(static key => key.IsInUse).Select(static key => (key.Kind, key.IsInUse)));
        Assert.True(RepositoryKey.TryParseRecoveryKey(text, out RepositoryKey? typed));
        foreach (RepositoryKey key in new[] { First, Second, typed! })
        {
            Assert.True(await OpensAsync(storage, key));
        }

        await repository.Keys.RemoveAsync(held, second, Token);
        Assert.False(await OpensAsync(storage, Second));
        Assert.True(await OpensAsync(storage, First));
    }

    [Fact]
    public async Task The_only_key_an_unknown_one_and_an_ambiguous_one_are_not_removed()
    {
        TearingStorage storage = await SmallAsync(First);
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: First), Token);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        string only = Assert.Single(await repository.Keys!.ListAsync(Token)).Id;
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(async () => await repository.Keys.RemoveAsync(held, only, Token));
        Assert.Contains("the only key", refused.Message, StringComparison.Ordinal);
        await repository.Keys.AddAsync(held, Second, Token);
        foreach (string id in new[] { "2", "x" })
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await repository.Keys.RemoveAsync(held, id, Token));
        }

        Assert.Equal(2, (await repository.Keys.ListAsync(Token)).Count);
    }

    [Fact]
    public async Task After_a_rotation_only_the_new_key_opens_what_was_stored_before_and_after_it()
    {
        TearingStorage storage = await SmallAsync(First);
        await using (BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: First), Token))
        {
            await using (RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token))
            {
                await repository.Keys!.RotateAsync(held, Second, Token);
            }

            await BackupAsync(repository, 1, null, [Noise(1, 100)]);
        }

        Assert.False(await OpensAsync(storage, First));
        await using BackupRepository reopened = await BackupRepository.OpenAsync(storage, Inline(key: Second), Token);
        SetList sets = await reopened.ListSetsAsync(Token);
        Assert.Equal((4, 0), (sets.Count, sets.Problems.Count));
        Assert.Equal([Noise(1, 100)], await ReadAsync(reopened, sets[3].Parts[0], StreamKind.Data));
        Assert.Equal([Text(3, 3000), Noise(4, 2500), Noise(5, 2000), [7]], await ReadAsync(reopened, sets[0].Parts[0], StreamKind.Data));
        Assert.Empty((await VerifyAsync(storage, key: Second)).Problems);
    }

    [Fact]
    public async Task After_a_power_loss_at_any_write_of_a_rotation_one_key_opens_everything_and_the_next_writer_ends_it()
    {
        HashSet<bool> outcomes = [];
        for (int write = 1; ; write++)
        {
            TearingStorage storage = await SmallAsync(First);
            await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: First), Token);
            RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            storage.PowerLossAtWrite = storage.Writes + write;
            Exception? error = await Record.ExceptionAsync(async () => await repository.Keys!.RotateAsync(held, Second, Token));
            if (error is null)
            {
                Assert.Equal([false, true], outcomes.Order());
                return;
            }

            Assert.IsType<PowerLossException>(error);
            storage.Crash(write);
            bool rotated = await OpensAsync(storage, Second);
            outcomes.Add(rotated);
            RepositoryKey valid = rotated ? Second : First;
            await using BackupRepository reopened = await BackupRepository.OpenAsync(storage, Inline(key: valid), Token);
            await BackupAsync(reopened, 1, null, [Noise(1, 100)]);
            Assert.Equal(4, (await reopened.ListSetsAsync(Token)).Count);
            Assert.Single(await reopened.Keys!.ListAsync(Token));
            Assert.Empty((await VerifyAsync(storage, key: valid)).Problems);
        }
    }

    [Fact]
    public void A_recovery_key_is_read_as_people_type_it_and_every_single_mistake_is_noticed()
    {
        RepositoryKey key = RepositoryKey.NewRecoveryKey(out string text);
        Assert.Matches("^([0-9A-Z]{4}-){8}[0-9A-Z]{4}$", text);
        foreach (string typed in new[] { text, text.ToLowerInvariant(), text.Replace("-", " ", StringComparison.Ordinal), text.Replace('0', 'O').Replace('1', 'l') })
        {
            Assert.True(RepositoryKey.TryParseRecoveryKey(typed, out RepositoryKey? read));
            Assert.True(key.Secret.Span.SequenceEqual(read!.Secret.Span));
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '-')
            {
                string wrong = text[..i] + (text[i] == '7' ? '8' : '7') + text[(i + 1)..];
                Assert.False(RepositoryKey.TryParseRecoveryKey(wrong, out _), wrong);
            }
        }

        Assert.False(RepositoryKey.TryParseRecoveryKey(text[..^1], out _));
        Assert.False(RepositoryKey.TryParseRecoveryKey(text + "0", out _));
        Assert.False(RepositoryKey.TryParseRecoveryKey("", out _));
    }

    [Fact]
    public async Task A_passphrase_opens_the_repository_and_one_that_is_nearly_the_same_does_not()
    {
        TearingStorage storage = await SmallAsync(RepositoryKey.FromPassphrase("correct horse ü"));
        Assert.True(await OpensAsync(storage, RepositoryKey.FromPassphrase("correct horse ü")));
        foreach (string wrong in new[] { "correct horse u", "correct horse ü ", "Correct horse ü" })
        {
            Assert.False(await OpensAsync(storage, RepositoryKey.FromPassphrase(wrong)));
        }
    }

    private static async Task<bool> OpensAsync(TearingStorage storage, RepositoryKey key)
    {
        try
        {
            await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: key), Token);
            return true;
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.WrongKey)
        {
            return false;
        }
    }
}
