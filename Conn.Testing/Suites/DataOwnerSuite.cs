#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Provides what the suites for data owners share: the subject, backups and restores of it, and checks after them.</summary>
public abstract class DataOwnerSuite
{
    /// <summary>Creates an owner with known data on every drive, at least a few kilobytes.</summary>
    /// <returns>The subject; the suite disposes it.</returns>
    protected abstract ValueTask<DataOwnerSubject> CreateAsync();

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static OwnerDriver Driver(DataOwnerSubject subject, OwnerStep stopAt = OwnerStep.None) => new(subject, Token) { StopAt = stopAt };

    /// <summary>Takes a backup that must not stop.</summary>
    private protected static async Task<StoredStreams> BackupAsync(DataOwnerSubject subject, StoredStreams? parent = null, OwnerDriver? driver = null)
    {
        StoredStreams? stored = await (driver ?? Driver(subject)).BackupAsync(parent);
        Assert.NotNull(stored);
        return stored;
    }

    /// <summary>Restores to the end; then the owner must have the data of the last backup of the chain, and hold nothing.</summary>
    private protected static async Task RestoreAsync(DataOwnerSubject subject, IReadOnlyList<StoredStreams> chain, OwnerDriver? driver = null)
    {
        Assert.True(await (driver ?? Driver(subject)).RestoreAsync(chain));
        Assert.Equal(chain[^1].Image, subject.Image());
        HoldsNothing(subject);
    }

    private protected static void HoldsNothing(DataOwnerSubject subject) => Assert.True(subject.Held() is null, subject.Held());

    /// <summary>Takes a base, and an increment after each of some changes.</summary>
    private protected static async Task<List<StoredStreams>> ChainAsync(DataOwnerSubject subject, int increments)
    {
        List<StoredStreams> chain = [await BackupAsync(subject)];
        for (int i = 1; i <= increments; i++)
        {
            subject.Change(i);
            StoredStreams next = await BackupAsync(subject, chain[^1]);
            chain = next.IsIncrement ? [.. chain, next] : [next];
        }

        return chain;
    }

    /// <summary>Checks that a backup and a restore succeed, whatever happened before.</summary>
    private protected static async Task WorksAsync(DataOwnerSubject subject)
    {
        StoredStreams stored = await BackupAsync(subject);
        Assert.False(stored.IsIncrement);
        subject.Change(77);
        Assert.NotEqual(stored.Image, subject.Image());
        await RestoreAsync(subject, [stored]);
    }

    /// <summary>Runs calls that may fail in the ways in which an owner may fail. True when they succeeded.</summary>
    private protected static async Task<bool> MayFailAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception e) when (e is ConnException or OperationCanceledException)
        {
            return false;
        }
    }

    private protected static Dictionary<DriveNumber, byte[]> Each(IReadOnlyDictionary<DriveNumber, byte[]> all, Func<byte[], byte[]> change) =>
        all.ToDictionary(d => d.Key, d => change(d.Value));
}
