using System.Globalization;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Encryption;

/// <summary>The vectors of docs/format.md, which another implementation has made.</summary>
public sealed class EncryptionVectorTests
{
    private readonly string[][] _lines = [.. File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "format.md")).Split("### Vectors")[1].Split("```")[1]
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static line => line.Split(' '))];

    private Hash128 Repository => Hash128.ReadBigEndian(Convert.FromHexString(Lines("repository").Single()[1]));

    private MasterKeys Masters => new(Repository, [.. Lines("master").SelectMany(static line => Convert.FromHexString(line[2]))]);

    [Fact]
    public async Task Each_file_gives_its_plain_bytes()
    {
        Assert.Equal(3, Lines("file").Count());
        foreach (string[] line in Lines("file"))
        {
            // The set's number is no part of the name of its files.
            string path = line[2].StartsWith("set/", StringComparison.Ordinal) ? "sets/00000007-" + line[2][4..] : line[2];
            TearingStorage below = new();
            await below.CreateFolderAsync("sets", Token);
            if (path.Contains('/', StringComparison.Ordinal))
            {
                await below.CreateFolderAsync(path[..path.LastIndexOf('/')], Token);
            }

            below.Put(path, Convert.FromHexString(line[4]));
            await using IStoredFile file = (await new EncryptedStorage(below, Masters).OpenReadAsync(path, Token))!;
            byte[] plain = new byte[file.Bytes];
            Assert.Equal(plain.Length, await file.ReadAsync(0, plain, Token));
            Assert.Equal(line[3] == "-" ? [] : Convert.FromHexString(line[3]), plain);
        }
    }

    [Fact]
    public void Each_slot_is_opened_by_its_secret_and_gives_the_master_keys()
    {
        Assert.Equal(4, Lines("slot").Count());
        string[] sealedFile = Lines("sealed").Single();
        int sealedSlots = 0;
        foreach (string[] line in Lines("slot"))
        {
            int[] numbers = [.. new[] { 1, 3, 4, 5 }.Select(at => int.Parse(line[at], CultureInfo.InvariantCulture))];
            Assert.True(SetId.TryParse(line[2], out SetId id));
            KeySlot slot = new(Repository, id, (KeyKind)numbers[0], numbers[1], numbers[2], numbers[3], Convert.FromHexString(line[6]), Convert.FromHexString(line[7]));
            MasterKeys? opened = KeySlot.Open(slot.Seal()).TryOpen(Secret(slot.Kind, line[8]));
            Assert.Equal(Masters.ToArray()[..(MasterKeys.KeyBytes * slot.Epoch)], opened?.ToArray());
            if (opened?.Seal is { } seal)
            {
                sealedSlots++;
                SealedFile known = new(long.Parse(sealedFile[2], CultureInfo.InvariantCulture), Sha256Hash.Read(Convert.FromHexString(sealedFile[3])));
                Assert.Equal([KeyValuePair.Create(sealedFile[1], known)], seal.Files);
                Assert.Equal(slot.Wrapped.Length, (MasterKeys.KeyBytes * slot.Epoch) + seal.Seal().Length + 16);
            }
        }

        Assert.Equal(1, sealedSlots);
    }

    [Fact]
    public async Task The_sealed_file_is_read_and_every_other_one_of_its_key_is_refused()
    {
        string[] line = Lines("slot").Last();
        Assert.True(SetId.TryParse(line[2], out SetId id));
        KeySlot slot = new(Repository, id, KeyKind.KeyFile, 2, 0, 0, Convert.FromHexString(line[6]), Convert.FromHexString(line[7]));
        TearingStorage below = new();
        EncryptedStorage storage = new(below, slot.TryOpen(Secret(KeyKind.KeyFile, line[8]))!);
        below.Put("index", Convert.FromHexString(Lines("file").First()[4]));
        await using (IStoredFile file = (await storage.OpenReadAsync("index", Token))!)
        {
            Assert.Equal(4, await file.ReadAsync(0, new byte[4], Token));
        }

        await using IStoredFileWriter writer = await new EncryptedStorage(below, new MasterKeys(Repository, Masters.ToArray().AsSpan(0, MasterKeys.KeyBytes))).CreateAsync("index.new", Token);
        await writer.AppendAsync("Conn"u8.ToArray(), Token);
        await writer.FlushAsync(Token);
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await storage.OpenReadAsync("index.new", Token));
        Assert.Equal((RepositoryFailure.Damaged, true), (refused.Failure, refused.IsForged));
    }

    private IEnumerable<string[]> Lines(string kind) => _lines.Where(line => line[0] == kind);

    private static RepositoryKey Secret(KeyKind kind, string text)
    {
        if (kind == KeyKind.Recovery)
        {
            Assert.True(RepositoryKey.TryParseRecoveryKey(text, out RepositoryKey? key));
            return key!;
        }

        return kind == KeyKind.Passphrase ? RepositoryKey.FromPassphrase(text) : RepositoryKey.FromKeyFile(Convert.FromHexString(text));
    }
}
