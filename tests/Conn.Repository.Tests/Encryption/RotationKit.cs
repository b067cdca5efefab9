using Conn.Repository.Checks;
using Conn.Repository.Encryption;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Encryption;

/// <summary>Repositories whose keys were rotated, and the copies of an attacker.</summary>
internal static class RotationKit
{
    public static readonly RepositoryKey Old = RepositoryKey.FromKeyFile(Noise(1, 32));
    public static readonly RepositoryKey New = RepositoryKey.FromKeyFile(Noise(2, 32));

    /// <summary>Makes a repository of three sets, a held one among them, whose keys were rotated, and the attacker's copy from before.</summary>
    public static async Task<(TearingStorage Storage, TearingStorage Copy)> RotatedAsync()
    {
        TearingStorage storage = await SmallAsync(Old);
        await using (BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: Old), Token))
        {
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await repository.Retention.HoldAsync(held, (await repository.ListSetsAsync(Token))[0].Id, "a test", Token);
        }

        TearingStorage copy = await CloneAsync(storage);
        await RotateAsync(storage, Old, New);
        VerifyReport report = await VerifyAsync(storage, key: New);
        Assert.Equal((3, 0), (report.Sets, report.Problems.Count));
        Assert.Empty((await VerifyAsync(storage)).Problems);
        return (storage, copy);
    }

    public static async Task RotateAsync(TearingStorage storage, RepositoryKey before, RepositoryKey after)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: after.Secret.Span[0], key: before), Token);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await repository.Keys!.RotateAsync(held, after, Token);
    }

    public static async Task<SetList> ListAsync(TearingStorage storage)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: New), Token);
        return await repository.ListSetsAsync(Token);
    }

    public static async Task<TearingStorage> CloneAsync(TearingStorage storage)
    {
        TearingStorage copy = new();
        foreach (string folder in new[] { "", "tmp", "sets", "restores", "keys", "marks" })
        {
            await copy.CreateFolderAsync(folder, Token);
        }

        await PutAsync(copy, storage, static _ => true);
        return copy;
    }

    public static async Task PutAsync(TearingStorage storage, TearingStorage from, Func<string, bool> isMeant)
    {
        foreach ((string path, _) in from.Files().Where(file => isMeant(file.Path)))
        {
            if (path.Count(static c => c == '/') == 2)
            {
                await storage.CreateFolderAsync(path[..path.LastIndexOf('/')], Token);
            }

            storage.Put(path, from.Read(path));
        }
    }
}
