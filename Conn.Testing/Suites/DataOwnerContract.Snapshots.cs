#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Damaged and foreign snapshots and streams: the owner refuses them, or they do no harm.</summary>
public abstract partial class DataOwnerContract
{
    /// <summary>How bytes are damaged.</summary>
    public enum Damage
    {
        /// <summary>No byte is left.</summary>
        Empty,

        /// <summary>One arbitrary byte.</summary>
        OneByte,

        /// <summary>A kilobyte of arbitrary bytes.</summary>
        Foreign,

        /// <summary>The first byte is changed.</summary>
        FirstByte,

        /// <summary>The byte in the middle is changed.</summary>
        MiddleByte,

        /// <summary>The last byte is changed.</summary>
        LastByte,

        /// <summary>The last byte is missing.</summary>
        CutByOne,

        /// <summary>The second half is missing.</summary>
        CutInHalf,

        /// <summary>One byte is added.</summary>
        OneTooMany,
    }

    public static TheoryData<Damage> AllDamage => [.. Enum.GetValues<Damage>()];

    [Theory]
    [MemberData(nameof(AllDamage))]
    public async Task A_damaged_snapshot_is_refused_or_does_no_harm(Damage damage)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams first = await BackupAsync(subject);
        StoredStreams damaged = first with { Snapshots = Each(first.Snapshots, s => Damaged(s, damage)) };
        subject.Change(1);

        StoredStreams next = await BackupAsync(subject, damaged);
        subject.Change(2);

        await RestoreAsync(subject, next.IsIncrement ? [first, next] : [next]);
    }

    [Fact]
    public async Task A_snapshot_of_another_owner_is_refused_or_continued()
    {
        await using DataOwnerSubject other = await CreateAsync();
        other.Change(5);
        StoredStreams elsewhere = await BackupAsync(other);
        await using DataOwnerSubject subject = await CreateAsync();
        subject.Change(1);

        StoredStreams next = await BackupAsync(subject, elsewhere);
        subject.Change(2);

        await RestoreAsync(subject, next.IsIncrement ? [elsewhere, next] : [next]);
    }

    [Fact]
    public async Task A_snapshot_given_twice_replaces_the_first()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams first = await BackupAsync(subject);
        subject.Change(1);
        StoredStreams second = await BackupAsync(subject, first);
        subject.Change(2);
        OwnerDriver driver = Driver(subject, OwnerStep.SnapshotGiven);
        _ = await driver.BackupAsync(first);
        await driver.TerminateAsync();

        StoredStreams third = await BackupAsync(subject, second);
        subject.Change(3);
        List<StoredStreams> chain = second.IsIncrement ? [first, second] : [second];
        await RestoreAsync(subject, third.IsIncrement ? [.. chain, third] : [third]);
    }

    [Fact]
    public async Task A_backup_works_after_a_restore_gave_the_owner_a_snapshot()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams first = await BackupAsync(subject);
        await RestoreAsync(subject, [first]);

        StoredStreams next = await BackupAsync(subject);
        subject.Change(1);

        Assert.False(next.IsIncrement);
        await RestoreAsync(subject, [next]);
    }

    /// <summary>An owner that cannot detect damage in its data takes the bytes as they are. No owner may stop in the middle.</summary>
    [Theory]
    [MemberData(nameof(AllDamage))]
    public async Task A_damaged_base_is_refused_without_a_change_or_taken_whole(Damage damage)
    {
        await using DataOwnerSubject subject = await CreateAsync();
        StoredStreams stored = await BackupAsync(subject);
        subject.Change(1);
        string before = subject.Image();
        OwnerDriver driver = Driver(subject);

        bool taken = await MayFailAsync(async () =>
        {
            Assert.True(await driver.StageAsync([stored with { Data = Each(stored.Data, d => Damaged(d, damage)) }]));
            _ = await driver.PrepareAsync();
        });
        Assert.Equal(before, subject.Image());
        if (taken)
        {
            await driver.CompleteAsync();
        }
        else
        {
            await driver.TerminateAsync();
            Assert.Equal(before, subject.Image());
        }

        HoldsNothing(subject);
        await RestoreAsync(subject, [stored]);
    }

    private static byte[] Damaged(byte[] bytes, Damage damage)
    {
        byte[] copy = [.. bytes];
        switch (damage)
        {
            case Damage.Empty:
                return [];
            case Damage.OneByte:
                return [0x5A];
            case Damage.Foreign:
                byte[] foreign = new byte[1024];
                new Random(7).NextBytes(foreign);
                return foreign;
            case Damage.OneTooMany:
                return [.. bytes, 0];
            case Damage.CutByOne:
                return bytes.Length == 0 ? [1] : bytes[..^1];
            case Damage.CutInHalf:
                return bytes[..(bytes.Length / 2)];
            default:
                int at = damage == Damage.FirstByte ? 0 : damage == Damage.MiddleByte ? copy.Length / 2 : copy.Length - 1;
                copy[at] ^= 0x10;
                return copy;
        }
    }
}
