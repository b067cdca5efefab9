using Conn.ActiveBackup;
using Xunit.Sdk;

namespace Conn.Testing.Owners;

/// <summary>A data owner under test with the story of what was done with it. Its checks fail with that story as their first line.</summary>
internal sealed class TestedOwner(DataOwnerSubject subject) : IAsyncDisposable
{
    public OwnerStory Story { get; } = new();

    public IActiveBackupDataClient Client => subject.Client;

    public DriveList Drives => subject.Drives;

    public int MinSectionBytes => subject.MinSectionBytes;

    public bool ChangesDuringBackup => subject.ChangesDuringBackup;

    /// <summary>Sets the rule that the test checks. Every failure from now on ends its first line with it.</summary>
    /// <param name="rule">One sentence.</param>
    /// <returns>This owner.</returns>
    public TestedOwner Rule(string rule)
    {
        Story.Rule = rule;
        return this;
    }

    /// <summary>Damages what was prepared; false if the subject cannot.</summary>
    public bool DamagePrepared()
    {
        bool isDamaged = subject.DamagePrepared();
        Story.Did("damage of what was prepared");
        return isDamaged;
    }

    public void Change(int seed)
    {
        subject.Change(seed);
        Story.Did("a change");
    }

    public void ChangeInPlace(int seed)
    {
        subject.ChangeInPlace(seed);
        Story.Did("a change that keeps every length");
    }

    /// <summary>Changes the data inside of an operation; its step of the story says so.</summary>
    public void ChangeInside(int seed, bool inPlace)
    {
        if (inPlace)
        {
            subject.ChangeInPlace(seed);
        }
        else
        {
            subject.Change(seed);
        }
    }

    public void Clear()
    {
        subject.Clear();
        Story.Did("the removal of all data");
    }

    public async ValueTask ReopenAsync()
    {
        await subject.ReopenAsync();
        Story.Did("a restart of the owner's process");
    }

    public async ValueTask TerminateAsync()
    {
        try
        {
            await Client.TerminateMultiStageOperationAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Failure($"TerminateMultiStageOperation threw {e.GetType().Name} ('{e.Message}'), and it must be harmless at any time", e);
        }

        Story.Did("Terminate");
    }

    /// <summary>Gets the image of all drives: without a word about drives if there is one.</summary>
    public string Image() => Drives.Count == 1 ? subject.Image(Drives.First()) : subject.Image();

    public string Image(DriveNumber drive) => subject.Image(drive);

    public ValueTask DisposeAsync() => subject.DisposeAsync();

    /// <summary>Makes the failure of a test: the story, and what is wrong.</summary>
    public XunitException Failure(string wrong, Exception? cause = null) => new(Story.Failure(wrong), cause);

    /// <summary>Makes the failure of a call.</summary>
    /// <param name="call">The call, in words.</param>
    /// <param name="cause">What the owner threw.</param>
    /// <returns>A <see cref="ConnException"/> with the owner's code if it threw one, else the failure of the test.</returns>
    public Exception CallFailure(string call, Exception cause) => cause switch
    {
        OperationCanceledException => cause,
        ConnException known => new OwnerCallException(known.Code, Story.Failure($"{call} failed with {known.Code} ('{known.Message}')"), known),
        _ => Failure($"{call} threw {cause.GetType().Name} ('{cause.Message}')", cause),
    };

    public void Must(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw Failure(otherwise);
        }
    }

    /// <summary>Checks what a restore put in place.</summary>
    public void MustBe(string image) => MustBe(image, "the restored data");

    /// <summary>Checks one drive after a restore that may have ended before.</summary>
    public void MustBe(string expected, DriveNumber drive, bool isRestored)
    {
        string image = Image(drive);
        Must(image == expected, $"the {(isRestored ? "restored" : "old")} data of drive {drive} {ImageDifference.Of(expected, image)}");
    }

    /// <summary>Checks that nothing has changed the owner's data.</summary>
    public void MustBeUnchanged(string before) => MustBe(before, "the data must be as it was, and it");

    public void MustHoldNothing()
    {
        if (subject.Held() is { } held)
        {
            throw Failure($"the owner must hold nothing, and it says: {held.TrimEnd('.')}");
        }
    }

    private void MustBe(string expected, string data)
    {
        string image = Image();
        Must(image == expected, $"{data} {ImageDifference.Of(expected, image)}");
    }
}
