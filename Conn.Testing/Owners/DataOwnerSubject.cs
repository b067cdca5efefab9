using Conn.ActiveBackup;

namespace Conn.Testing.Owners;

/// <summary>A data owner under test, with what a suite or a simulation must know of it: how to change its data, and how to look at it.</summary>
/// <remarks>One for all: the contract suites and <see cref="Simulation.BackupSimulation"/> take the same subject. Used by one test at a time.</remarks>
public abstract class DataOwnerSubject : IAsyncDisposable
{
    /// <summary>The owner's callbacks. After <see cref="ReopenAsync"/> these are new ones.</summary>
    public abstract IActiveBackupDataClient Client { get; }

    /// <summary>The drives the owner has data on. Default: C.</summary>
    public virtual DriveList Drives => DriveList.Of(DriveNumber.C);

    /// <summary>The smallest section the owner accepts, as in its registration. Default: 1.</summary>
    public virtual int MinSectionBytes => 1;

    /// <summary>Gets whether the owner has increments, as in its registration. Default: what a <see cref="DataOwner"/> registers; true for any other class,
    /// as in a new <see cref="DataOwnerRegistration"/>.</summary>
    public virtual bool SupportsIncremental => Client is not DataOwner owner || owner.Registration.SupportsIncremental;

    /// <summary>Gets whether the owner awaits real work: asynchronous access to files, a database, a process. Default: false.</summary>
    /// <remarks>If false, suites and simulation also find work that is moved to other threads (Task.Run) and waits by another clock than <see cref="Clock"/>
    /// (Task.Delay without it). If true, virtual time stands still while the owner works, and neither is found.</remarks>
    public virtual bool RealWork => false;

    /// <summary>Changes the data on every drive: some of it stays, some goes, some comes. The same seed makes the same change to the same data.</summary>
    /// <param name="seed">Which change; two seeds make two different changes.</param>
    public abstract void Change(int seed);

    /// <summary>Changes content on every drive and nothing else: no length, number or name of anything differs afterwards. The same seed makes the same
    /// change to the same data.</summary>
    /// <param name="seed">Which change; two seeds make two different changes.</param>
    /// <remarks>It finds an owner that takes equal lengths for equal data. Data that cannot change without its length changes as little as it can.</remarks>
    public abstract void ChangeInPlace(int seed);

    /// <summary>Gets whether the data can change while a backup runs. False only for an owner that locks its data from ReceiveSnapshotData to the end of the
    /// backup, so that <see cref="Change"/> would wait for it. Default: true.</summary>
    public virtual bool ChangesDuringBackup => true;

    /// <summary>Gets or sets the clock of the owner. A simulation sets its virtual clock before the owner is called; an owner that waits must wait by this
    /// clock. Default: the system's.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Makes the data as little as it can be: no files, no rows, no bytes.</summary>
    public abstract void Clear();

    /// <summary>The data on a drive, to be compared: equal for equal data, different for different data.</summary>
    /// <param name="drive">One of <see cref="Drives"/>.</param>
    /// <returns>Its text, or a digest of it with a few words that help to find a difference.</returns>
    public abstract string Image(DriveNumber drive);

    /// <summary>Gets what the owner still holds although no operation runs: an open stream, a lock, staged data, a snapshot that it was given.</summary>
    /// <returns>One sentence for a person, such as "a stream is open"; null, the default, if the owner holds nothing. What PrepareRestore has prepared does not
    /// count.</returns>
    public virtual string? Held() => null;

    /// <summary>Damages what the owner has prepared and not put in place, as a failing disk would: changes a byte in the middle of it, or cuts it.</summary>
    /// <returns>True if it is damaged; false, the default, if the subject cannot do this: then no suite tests that the owner notices.</returns>
    public virtual bool DamagePrepared() => false;

    /// <summary>The owner's process dies and comes again: what was only in memory is gone, the data and what was made durable stay.</summary>
    /// <returns>Completes when <see cref="Client"/> is the new one. The old one is not called any more.</returns>
    public abstract ValueTask ReopenAsync();

    /// <summary>Removes everything the subject made.</summary>
    /// <returns>Completes when it is gone.</returns>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The data on all drives.</summary>
    /// <returns>One text.</returns>
    public string Image() => string.Join('\n', Drives.Select(d => $"{d}: {Image(d)}"));
}
