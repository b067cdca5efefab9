#pragma warning disable CS1591 // A test's name is its documentation.
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Testing.Suites;

/// <summary>Provides what the suites for data owners share: the first tests, backups and restores of the owner, and checks.</summary>
/// <remarks>If one of the first tests fails, the other tests are skipped and name it: they would only fail for the same reason.</remarks>
public abstract class DataOwnerSuite
{
    private protected const string SectionRule =
        "Streams come in sections of any size: a backup hands over every byte before it says that the stream is finished, and a restore keeps every section.";

    private protected const string BaseRule =
        "A base holds all data, and a restore of it leaves nothing else: it does not merge with the data that is there.";

    private protected const string RepeatRule =
        "RestoreComplete may be called again, also after a ResumeRestore that returned false: then it changes nothing and succeeds, whatever the data is by then.";

    private const string StageRule = "A restore must stage what it is given: before RestoreComplete it can still be given up.";

    private const string ThreadRule =
        "An owner works on the thread that calls it (no Task.Run) and waits only by the Clock of its subject (no Task.Delay without it).";

    // In the order in which they run.
    private static readonly (string Test, Func<DataOwnerSuite, Task> Check)[] FirstTests =
    [
        (nameof(DataOwnerFirstContract.Every_optional_interface_that_the_owner_implements_is_found), static s => s.CheckInterfacesAsync()),
        (nameof(DataOwnerFirstContract.A_base_and_a_restore_give_the_data_of_the_base), static s => s.CheckTwiceAsync(BaseRule, BaseRoundAsync)),
        (nameof(DataOwnerFirstContract.A_base_a_change_an_increment_and_a_restore_give_the_data_of_the_increment), static s => s.CheckTwiceAsync(
            "An increment must hold what changed, what came and what went since its parent.", IncrementRoundAsync)),
        (nameof(DataOwnerFirstContract.Nothing_the_owner_has_changes_before_RestoreComplete), static s => s.CheckStagingAsync()),
        (nameof(DataOwnerFirstContract.The_owner_stays_on_its_thread_and_waits_by_its_clock), static s => s.CheckThreadAsync()),
    ];

    // By suite: the first test that fails; null if none does.
    private static readonly ConcurrentDictionary<object, FirstFailure?> Failures = [];

    /// <summary>Creates an owner with known data on every drive, at least a few kilobytes.</summary>
    /// <returns>The subject; the suite disposes it.</returns>
    protected abstract ValueTask<DataOwnerSubject> CreateAsync();

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Gets what the suite's first tests are remembered by: they run once for all other tests.</summary>
    private protected virtual object Key => GetType();

    /// <summary>Creates the owner of a test. Skips the test if one of the first tests fails.</summary>
    /// <param name="rule">The rule that the test checks, one sentence, for its failures; empty for none.</param>
    private protected async Task<TestedOwner> OpenAsync(string rule = "")
    {
        if (await FirstFailureAsync() is { } first)
        {
            SkipBecauseOf(first);
        }

        return new TestedOwner(await CreateAsync()).Rule(rule);
    }

    /// <summary>Fails as one of the first tests did; skips it if another one before it failed.</summary>
    private protected async Task MustBeFirstAsync(string test)
    {
        if (await FirstFailureAsync() is not { } first || !Precedes(first.Test, test))
        {
            return;
        }

        if (first.Test != test)
        {
            SkipBecauseOf(first);
        }

        ExceptionDispatchInfo.Throw(first.Cause);
    }

    private static bool Precedes(string first, string test) => Array.FindIndex(FirstTests, t => t.Test == first) <= Array.FindIndex(FirstTests, t => t.Test == test);

    private static void SkipBecauseOf(FirstFailure first) => Assert.Skip($"Not run, because {first.Test} fails.");

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

    /// <summary>Runs a round with one section for each stream, and then with many.</summary>
    private async Task CheckTwiceAsync(string rule, Func<TestedOwner, int, Task> round)
    {
        await using TestedOwner whole = new(await CreateAsync());
        await round(whole.Rule(rule), 1 << 20);
        await using TestedOwner inSections = new(await CreateAsync());
        await round(inSections.Rule(SectionRule), 100);
    }

    private async Task CheckInterfacesAsync()
    {
        await using DataOwnerSubject subject = await CreateAsync();
        if (InterfaceCheck.FirstFault(subject.Client) is { } fault)
        {
            Assert.Fail(fault);
        }
    }

    private async Task CheckStagingAsync()
    {
        await using TestedOwner subject = new(await CreateAsync());
        subject.Rule(StageRule);
        StoredStreams last = await ChainAsync(subject, 2);
        subject.Change(99);
        string before = subject.Image();
        void Look(OwnerStep step) => subject.Must(subject.Image() == before, $"the data changed before RestoreComplete, {step.Words()}");

        OwnerDriver driver = new(subject, Token) { StopAt = OwnerStep.Prepared, After = Look };
        Assert.False(await driver.RestoreAsync(last.Chain));
        await driver.TerminateAsync();

        subject.MustBeUnchanged(before);
    }

    /// <summary>Runs a round in virtual time, where a continuation on a foreign thread is found.</summary>
    private async Task CheckThreadAsync()
    {
        DataOwnerSubject created = await CreateAsync();
        await using TestedOwner subject = new(created);
        if (created.RealWork)
        {
            return;
        }

        try
        {
            VirtualTime.Run(time =>
            {
                created.Clock = time.Clock;
                subject.Change(3);
                return IncrementRoundAsync(subject.Rule(ThreadRule), 100);
            });
        }
        catch (VirtualTimeException e)
        {
            throw subject.Failure(char.ToLowerInvariant(e.Message[0]) + e.Message[1..].TrimEnd('.'), e);
        }
    }

    private static async Task BaseRoundAsync(TestedOwner subject, int sectionBytes)
    {
        OwnerDriver driver = new(subject, Token) { BackupBytes = sectionBytes, RestoreBytes = sectionBytes };
        StoredStreams stored = await BackupAsync(subject, driver: driver);
        subject.Change(1);
        subject.Must(stored.Image != subject.Image(), "Change made no difference to Image, and the suite needs one");
        await RestoreAsync(subject, stored, driver);
    }

    private static async Task IncrementRoundAsync(TestedOwner subject, int sectionBytes)
    {
        OwnerDriver driver = new(subject, Token) { BackupBytes = sectionBytes, RestoreBytes = sectionBytes };
        StoredStreams first = await BackupAsync(subject, driver: driver);
        subject.Change(1);
        StoredStreams second = await BackupAsync(subject, first, driver);
        subject.Change(2);
        await RestoreAsync(subject, second, driver);
    }

    /// <summary>Runs the first tests, once for a suite.</summary>
    private async Task<FirstFailure?> FirstFailureAsync()
    {
        if (!Failures.TryGetValue(Key, out FirstFailure? failure))
        {
            failure = await RunFirstTestsAsync();
            Failures[Key] = failure;
        }

        return failure;
    }

    private async Task<FirstFailure?> RunFirstTestsAsync()
    {
        foreach ((string test, Func<DataOwnerSuite, Task> check) in FirstTests)
        {
            try
            {
                await check(this);
            }
#pragma warning disable CA1031 // Whatever it is, the test that is named reports it.
            catch (Exception e) when (!Token.IsCancellationRequested)
#pragma warning restore CA1031
            {
                return new FirstFailure(test, e);
            }
        }

        return null;
    }
}
