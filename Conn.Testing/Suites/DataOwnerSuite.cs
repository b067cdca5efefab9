#pragma warning disable CS1591 // A test's name is its documentation.
using System.Collections.Concurrent;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Provides what the suites for data owners share: two tests that come before all others, backups and restores of the owner, and checks.</summary>
/// <remarks>If one of these two tests fails, the other tests are skipped and name it: they would only fail for the same reason.</remarks>
public abstract class DataOwnerSuite
{
    private protected const string SectionRule =
        "Streams come in sections of any size: a backup hands over every byte before it says that the stream is finished, and a restore keeps every section.";

    // By suite: why its tests cannot run; null when they can.
    private static readonly ConcurrentDictionary<object, string?> Obstacles = [];

    /// <summary>Creates an owner with known data on every drive, at least a few kilobytes.</summary>
    /// <returns>The subject; the suite disposes it.</returns>
    protected abstract ValueTask<DataOwnerSubject> CreateAsync();

    [Fact]
    public async Task Every_optional_interface_that_the_owner_implements_is_found()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        if (InterfaceCheck.FirstFault(subject.Client) is { } fault)
        {
            Assert.Fail(fault);
        }
    }

    [Fact]
    public async Task A_base_a_change_an_increment_and_a_restore_give_the_data_of_the_increment()
    {
        await using TestedOwner whole = new(await CreateAsync());
        await PlainRoundAsync(whole.Rule("An increment must hold what changed, what came and what went since its parent."), 1 << 20);
        await using TestedOwner inSections = new(await CreateAsync());
        await PlainRoundAsync(inSections.Rule(SectionRule), 100);
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Gets what the suite's two first tests are remembered by: they run once for all other tests.</summary>
    private protected virtual object Key => GetType();

    /// <summary>Creates the owner of a test. Skips the test if one of the two first tests fails.</summary>
    /// <param name="rule">The rule that the test checks, one sentence, for its failures; empty for none.</param>
    private protected async Task<TestedOwner> OpenAsync(string rule = "")
    {
        if (!Obstacles.TryGetValue(Key, out string? obstacle))
        {
            obstacle = await FindObstacleAsync();
            Obstacles[Key] = obstacle;
        }

        if (obstacle is not null)
        {
            Assert.Skip($"Not run, because {obstacle}");
        }

        return new TestedOwner(await CreateAsync()).Rule(rule);
    }

    private protected static OwnerDriver Driver(TestedOwner subject, OwnerStep stopAt = OwnerStep.None) => new(subject, Token) { StopAt = stopAt };

    /// <summary>Takes a backup that must not stop.</summary>
    private protected static async Task<StoredStreams> BackupAsync(TestedOwner subject, StoredStreams? parent = null, OwnerDriver? driver = null)
    {
        StoredStreams? stored = await (driver ?? Driver(subject)).BackupAsync(parent);
        Assert.NotNull(stored);
        return stored;
    }

    /// <summary>Restores a backup and what it continues; then the owner must have the data of that backup, and hold nothing.</summary>
    private protected static async Task RestoreAsync(TestedOwner subject, StoredStreams stored, OwnerDriver? driver = null)
    {
        Assert.True(await (driver ?? Driver(subject)).RestoreAsync(stored.Chain));
        subject.MustBe(stored.Image);
        subject.MustHoldNothing();
    }

    /// <summary>Takes a base, and an increment after each of some changes.</summary>
    /// <returns>The last backup.</returns>
    private protected static async Task<StoredStreams> ChainAsync(TestedOwner subject, int increments)
    {
        StoredStreams last = await BackupAsync(subject);
        for (int i = 1; i <= increments; i++)
        {
            subject.Change(i);
            last = await BackupAsync(subject, last);
        }

        return last;
    }

    /// <summary>Checks that a backup and a restore succeed, whatever happened before.</summary>
    private protected static async Task WorksAsync(TestedOwner subject)
    {
        StoredStreams stored = await BackupAsync(subject);
        subject.Change(77);
        subject.Must(stored.Image != subject.Image(), "Change made no difference to Image, and the suite needs one");
        await RestoreAsync(subject, stored);
    }

    /// <summary>Runs calls that may fail in the ways in which an owner may fail.</summary>
    /// <returns>True if they succeeded.</returns>
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

    /// <summary>The simplest use of an owner: nothing interrupted, nothing damaged.</summary>
    private static async Task PlainRoundAsync(TestedOwner subject, int sectionBytes)
    {
        OwnerDriver driver = new(subject, Token) { BackupBytes = sectionBytes, RestoreBytes = sectionBytes };
        StoredStreams first = await BackupAsync(subject, driver: driver);
        subject.Change(1);
        StoredStreams second = await BackupAsync(subject, first, driver);
        subject.Must(first.Image != second.Image, "Change made no difference to Image, and the suite needs one");
        subject.Change(2);
        await RestoreAsync(subject, second, driver);
    }

    private async Task<string?> FindObstacleAsync()
    {
        string test = nameof(Every_optional_interface_that_the_owner_implements_is_found);
        try
        {
            await Every_optional_interface_that_the_owner_implements_is_found();
            test = nameof(A_base_a_change_an_increment_and_a_restore_give_the_data_of_the_increment);
            await A_base_a_change_an_increment_and_a_restore_give_the_data_of_the_increment();
            return null;
        }
#pragma warning disable CA1031 // Whatever it is, the test that is named reports it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return $"{test} fails: {e.Message.Split('\n')[0]}";
        }
    }
}
