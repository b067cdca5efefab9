#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Damaged and foreign snapshots and streams: the owner refuses them, or they do no harm. Part of <see cref="DataOwnerContract"/>.</summary>
public abstract class DataOwnerDamageContract : DataOwnerOrderContract
{
    private protected const string SnapshotRule =
        "An owner refuses a snapshot that it cannot use with ConnException (Corrupt or NotSupported), forgets it at Terminate, and then hands over a base.";

    private protected const string FitRule =
        "An owner detects an increment that does not continue what it was given, for example by the checksum of its parent, and throws ConnException (Corrupt).";

    private protected const string DamageRule =
        "An owner detects damaged data, for example by a checksum in the stream: it throws ConnException with ErrorCode.Corrupt before anything changes.";

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
        await using TestedOwner subject = await OpenAsync(SnapshotRule);
        StoredStreams first = await BackupAsync(subject);
        StoredStreams damaged = first.WithSnapshots(s => Damaged(s, damage));
        subject.Change(1);

        StoredStreams next = await BackupAsync(subject, damaged);
        subject.Change(2);

        await RestoreAsync(subject, next);
    }

    [Fact]
    public async Task A_snapshot_of_another_owner_is_refused_or_continued()
    {
        await using TestedOwner other = await OpenAsync(SnapshotRule);
        other.Change(5);
        StoredStreams elsewhere = await BackupAsync(other);
        await using TestedOwner subject = await OpenAsync();
        subject.Change(1);

        StoredStreams next = await BackupAsync(subject, elsewhere);
        subject.Change(2);

        await RestoreAsync(subject, next);
    }

    [Fact]
    public async Task A_snapshot_given_twice_replaces_the_first()
    {
        await using TestedOwner subject = await OpenAsync("The snapshot of an operation replaces that of an earlier one.");
        StoredStreams first = await BackupAsync(subject);
        subject.Change(1);
        StoredStreams second = await BackupAsync(subject, first);
        subject.Change(2);
        OwnerDriver driver = Driver(subject, OwnerStep.SnapshotGiven);
        _ = await driver.BackupAsync(first);
        await driver.TerminateAsync();

        StoredStreams third = await BackupAsync(subject, second);
        subject.Change(3);
        await RestoreAsync(subject, third);
    }

    [Fact]
    public async Task A_backup_works_after_a_restore_gave_the_owner_a_snapshot()
    {
        await using TestedOwner subject = await OpenAsync("A snapshot that a restore was given is not that of the next backup.");
        StoredStreams first = await BackupAsync(subject);
        await RestoreAsync(subject, first);

        StoredStreams next = await BackupAsync(subject);
        subject.Change(1);

        Assert.False(next.IsIncrement);
        await RestoreAsync(subject, next);
    }

    /// <summary>No owner may stop in the middle, and none may present damaged data as its data.</summary>
    [Theory]
    [MemberData(nameof(AllDamage))]
    public async Task A_damaged_base_is_refused_without_a_change_or_taken_whole(Damage damage)
    {
        await using TestedOwner subject = await OpenAsync(DamageRule);
        StoredStreams stored = await BackupAsync(subject);
        subject.Change(1);

        await RefusesOrIsWholeAsync(subject, stored.WithData(d => Damaged(d, damage)), $"a restore of that base with {Words(damage)}");
        await RestoreAsync(subject, stored);
    }

    [Theory]
    [MemberData(nameof(AllDamage))]
    public async Task A_damaged_base_below_an_increment_is_refused_without_a_change_or_taken_whole(Damage damage)
    {
        await using TestedOwner subject = await OpenAsync(DamageRule);
        StoredStreams stored = await ChainAsync(subject, 1);
        subject.Change(2);
        Assert.SkipUnless(stored.IsIncrement, "The owner gives no increments.");

        StoredStreams damaged = stored with { Parent = stored.Parent!.WithData(d => Damaged(d, damage)) };
        await RefusesOrIsWholeAsync(subject, damaged, $"a restore of base and increment, the base with {Words(damage)}");
        await RestoreAsync(subject, stored);
    }

    [Theory]
    [MemberData(nameof(AllDamage))]
    public async Task A_damaged_increment_is_refused_without_a_change_or_taken_whole(Damage damage)
    {
        await using TestedOwner subject = await OpenAsync(DamageRule);
        StoredStreams stored = await ChainAsync(subject, 1);
        subject.Change(2);
        Assert.SkipUnless(stored.IsIncrement, "The owner gives no increments.");

        await RefusesOrIsWholeAsync(subject, stored.WithData(d => Damaged(d, damage)), $"a restore of base and increment, the increment with {Words(damage)}");
        await RestoreAsync(subject, stored);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_increment_on_a_base_that_it_does_not_continue_is_refused_or_gives_its_own_data(bool changesNothing)
    {
        await using TestedOwner subject = await OpenAsync(FitRule);
        StoredStreams first = await BackupAsync(subject);
        if (!changesNothing)
        {
            subject.Change(1);
        }

        StoredStreams increment = await BackupAsync(subject, first);
        subject.Change(2);
        StoredStreams other = await BackupAsync(subject);
        subject.Change(3);
        Assert.SkipUnless(increment.IsIncrement, "The owner gives no increments.");

        await RefusesOrIsWholeAsync(subject, increment with { Parent = other }, 
            $"a restore of the first increment{(changesNothing ? ", which changes nothing," : "")} on the second base");
        await RestoreAsync(subject, increment);
    }

    [Fact]
    public async Task An_increment_without_the_one_before_it_is_refused_or_gives_its_own_data()
    {
        await using TestedOwner subject = await OpenAsync(FitRule);
        StoredStreams stored = await ChainAsync(subject, 2);
        subject.Change(3);
        Assert.SkipUnless(stored.Chain.Count == 3, "The owner gives no increments.");

        await RefusesOrIsWholeAsync(subject, stored with { Parent = stored.Parent!.Parent }, "a restore of the base and the second increment without the first");
        await RestoreAsync(subject, stored);
    }

    /// <summary>Restores streams that are wrong: the owner refuses them and keeps its data, or the damage made no difference.</summary>
    private static async Task RefusesOrIsWholeAsync(TestedOwner subject, StoredStreams wrong, string what)
    {
        string before = subject.Image();
        OwnerDriver driver = Driver(subject);
        bool taken = await MayFailAsync(async () =>
        {
            Assert.True(await driver.StageAsync(wrong.Chain, what));
            _ = await driver.PrepareAsync();
            subject.Must(before == subject.Image(), "the data changed before RestoreComplete");
            await driver.CompleteAsync();
        });
        if (!taken)
        {
            await driver.TerminateAsync();
            subject.MustBeUnchanged(before);
        }
        else if (subject.Image() != before && subject.Image() != wrong.Image)
        {
            throw subject.Failure($"the owner took it as good, and the restored data {ImageDifference.Of(wrong.Image, subject.Image())}");
        }

        // What was prepared stays until recovery.
        _ = await Driver(subject).RecoverAsync();
        subject.MustHoldNothing();
    }

    private static string Words(Damage damage) => damage switch
    {
        Damage.Empty => "no byte left",
        Damage.OneByte => "one arbitrary byte instead of its own",
        Damage.Foreign => "a kilobyte of arbitrary bytes instead of its own",
        Damage.FirstByte => "its first byte changed",
        Damage.MiddleByte => "its middle byte changed",
        Damage.LastByte => "its last byte changed",
        Damage.CutByOne => "its last byte cut off",
        Damage.CutInHalf => "its second half cut off",
        _ => "one byte added",
    };

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
