using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Encryption;

/// <summary>A repository keeps the cipher that it was created with, says which one it is, and each file is decrypted with its own.</summary>
public sealed class CipherTests
{
    private const int CipherOffset = 10;
    private static readonly RepositoryKey Key = RepositoryKey.FromKeyFile(Noise(77, 32));

    [Theory]
    [InlineData(FileCipher.Aes256Gcm, 1)]
    [InlineData(FileCipher.ChaCha20Poly1305, 3)]
    public async Task A_repository_of_either_cipher_is_written_read_rotated_and_verified(FileCipher cipher, byte features)
    {
        (TearingStorage storage, byte[] data) = await CreateAsync(cipher);
        Assert.Equal(features, storage.Read(RepositoryLayout.FormatFile)[^1]);
        await using (BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: Key), Token))
        {
            await using (RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token))
            {
                await repository.Keys!.RotateAsync(held, Key, Token);
            }

            await BackupAsync(repository, 2, null, [data]);
            foreach (BackupSet set in await repository.ListSetsAsync(Token))
            {
                Assert.Equal([data], await ReadAsync(repository, set.Parts[0], StreamKind.Data));
            }
        }

        Assert.Empty((await VerifyAsync(storage, key: Key)).Problems);
        Assert.Empty((await VerifyAsync(storage)).Problems);
        Assert.All(Encrypted(storage), path => Assert.Equal((byte)cipher, storage.Read(path)[CipherOffset]));
    }

    [Fact]
    public async Task A_file_whose_header_names_the_other_cipher_is_damaged()
    {
        (TearingStorage storage, byte[] _) = await CreateAsync(FileCipher.ChaCha20Poly1305);
        foreach (string path in Encrypted(storage))
        {
            byte[] good = storage.Read(path);
            byte[] bad = [.. good];
            bad[CipherOffset] = (byte)FileCipher.Aes256Gcm;
            storage.Put(path, bad);
            Assert.Contains((await VerifyAsync(storage, key: Key)).Problems, problem => problem.What.Contains(path.Split('/')[^1], StringComparison.Ordinal));
            storage.Put(path, good);
        }
    }

    [Fact]
    public void A_cipher_without_encryption_is_damage_and_an_unknown_feature_is_a_newer_format()
    {
        FormatRecord bare = new(new Hash128(1, 2)) { Cipher = FileCipher.ChaCha20Poly1305 };
        Assert.Equal(RepositoryFailure.Damaged, Assert.Throws<RepositoryException>(() => FormatRecord.Open(bare.Seal())).Failure);
        RecordWriter writer = new();
        writer.Array(2);
        writer.Hash(new Hash128(1, 2));
        writer.Number(5);
        byte[] newer = writer.Seal(RecordKind.Format);
        Assert.Equal(RepositoryFailure.NewerFormat, Assert.Throws<RepositoryException>(() => FormatRecord.Open(newer)).Failure);
    }

    private static string[] Encrypted(TearingStorage storage) =>
        [.. storage.Files().Select(static file => file.Path).Where(static path => !RepositoryLayout.IsClear(path))];

    private static async Task<(TearingStorage Storage, byte[] Data)> CreateAsync(FileCipher cipher)
    {
        TearingStorage storage = new();
        byte[] data = Noise(5, 200_000);
        await using BackupRepository repository = await RepositoryKit.CreateAsync(storage, Inline(key: Key) with { Cipher = cipher });
        await BackupAsync(repository, 1, null, [data]);
        return (storage, data);
    }
}
