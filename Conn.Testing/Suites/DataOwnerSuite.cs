#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>What the suites for data owners have in common: how they get their subject, and how they look at it.</summary>
public abstract class DataOwnerSuite
{
    /// <summary>Makes a fresh owner with known data on every drive: a few kilobytes at the least.</summary>
    /// <returns>The subject; the suite disposes it.</returns>
    protected abstract ValueTask<DataOwnerSubject> CreateAsync();

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static OwnerDriver Driver(DataOwnerSubject subject, OwnerStep stopAt = OwnerStep.None) => new(subject, Token) { StopAt = stopAt };

    /// <summary>A backup that must not break off.</summary>
    private protected static async Task<StoredStreams> BackupAsync(DataOwnerSubject subject, StoredStreams? parent = null, OwnerDriver? driver = null)
    {
        StoredStreams? stored = await (driver ?? Driver(subject)).BackupAsync(parent);
        Assert.NotNull(stored);
        return stored;
    }

    /// <summary>A restore that must come to its end, and the owner's data afterwards that of the last backup of the chain.</summary>
    private protected static async Task RestoreAsync(DataOwnerSubject subject, IReadOnlyList<StoredStreams> chain, OwnerDriver? driver = null)
    {
        Assert.True(await (driver ?? Driver(subject)).RestoreAsync(chain));
        Assert.Equal(chain[^1].Image, subject.Image());
        HoldsNothing(subject);
    }

    private protected static void HoldsNothing(DataOwnerSubject subject) => Assert.True(subject.Held() is null, subject.Held());

    /// <summary>A base, and increments after changes.</summary>
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

    /// <summary>After whatever happened: a backup and a restore go through as if it had not.</summary>
    private protected static async Task WorksAsync(DataOwnerSubject subject)
    {
        StoredStreams stored = await BackupAsync(subject);
        Assert.False(stored.IsIncrement);
        subject.Change(77);
        Assert.NotEqual(stored.Image, subject.Image());
        await RestoreAsync(subject, [stored]);
    }

    /// <summary>Runs a call that may fail as an owner may fail. True when it went through.</summary>
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
