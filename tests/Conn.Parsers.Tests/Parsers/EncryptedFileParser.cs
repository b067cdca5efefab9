using Conn.Repository;
using Conn.Repository.Encryption;
using Conn.Repository.Storage;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>An encrypted file: its header and frames. The first byte of an input says from which offset on it is read.</summary>
internal sealed class EncryptedFileParser : FuzzedParser
{
    private const string Path = "index";
    private static readonly MasterKeys Keys = new(new Hash128(1, 2), new byte[MasterKeys.KeyBytes]);

    public override string Name => "encrypted-file";

    public override int MaxInputBytes => 150_000;

    public override IReadOnlyList<byte[]> Examples() => [.. new[] { 0, 1, 4000, EncryptedLength.FrameBytes, EncryptedLength.FrameBytes + 9 }.Select(Example)];

    public override void Parse(byte[] input) => ReadAsync(input.Length == 0 ? 0 : input[0] << 9, new OneFile(input.Length == 0 ? [] : input[1..])).AsTask().GetAwaiter().GetResult();

    public override bool IsRefusal(Exception exception) => exception is RepositoryException { Failure: RepositoryFailure.Damaged or RepositoryFailure.NewerFormat or RepositoryFailure.WrongKey };

    private static async ValueTask ReadAsync(long offset, OneFile storage)
    {
        await using IStoredFile file = (await new EncryptedStorage(storage, Keys).OpenReadAsync(Path, default))!;
        byte[] plain = new byte[Math.Min(file.Bytes + 1, 1 << 20)];
        _ = await file.ReadAsync(0, plain, default);
        _ = await file.ReadAsync(offset, plain.AsMemory(0, Math.Min(100, plain.Length)), default);
    }

    private static byte[] Example(int plainBytes)
    {
        EncryptedHeader header = new(plainBytes == 4000 ? FileCipher.ChaCha20Poly1305 : FileCipher.Aes256Gcm, 1, new byte[EncryptedHeader.SaltBytes]);
        using FrameCipher cipher = Keys.CipherOf(header, Path)!;
        List<byte> file = [0, .. header.ToArray()];
        byte[] plain = new byte[plainBytes];
        long frames = EncryptedLength.Frames(plainBytes);
        for (int i = 0; i < frames; i++)
        {
            byte[] part = plain[(i * EncryptedLength.FrameBytes)..Math.Min(plainBytes, (i + 1) * EncryptedLength.FrameBytes)];
            byte[] stored = new byte[part.Length + EncryptedLength.TagBytes];
            cipher.Encrypt(i, i == frames - 1, part, stored);
            file.AddRange(stored);
        }

        return [.. file];
    }
}
