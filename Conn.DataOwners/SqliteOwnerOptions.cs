using Conn.ActiveBackup;

namespace Conn.DataOwners;

/// <summary>What a <see cref="SqliteDataOwner"/> keeps, and how.</summary>
public sealed record SqliteOwnerOptions
{
    /// <summary>The owner's name, as in its <see cref="DataOwnerRegistration"/>; it becomes part of the names of staged files.</summary>
    public required string Name { get; init; }

    /// <summary>The database file: backed up from here and restored to here. Relative paths count from the current folder.</summary>
    /// <remarks>One file is one owner: databases attached to it by its users are owners of their own.</remarks>
    public required string DatabasePath { get; init; }

    /// <summary>The one drive the owner has data on. Default: C.</summary>
    public DriveNumber Drive { get; init; } = DriveNumber.C;

    /// <summary>The clock by which the time a copy holds its read transaction is measured. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the copy taken at backup is put while it is read: in a private folder (0700) of its own below. Default: the system's temporary
    /// folder.</summary>
    /// <remarks>It needs room for the whole database, and for 16 bytes a page of old and new page hashes. Must not be shared memory when the database is
    /// large.</remarks>
    public string? SpoolFolder { get; init; }

    /// <summary>True, the default: a restore writes into the live database at <see cref="DatabasePath"/> in one transaction of SQLite's own.
    /// False: a restore makes a new file there, and refuses when there is one.</summary>
    /// <remarks>In place with no file there (a lost database) makes a new file too.</remarks>
    public bool InPlace { get; init; } = true;

    /// <summary>How long to wait for locks other connections hold before giving up with InUse. Default: 5 s; 0 does not wait.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Called at least once for every 4 MiB of work inside long callbacks, on any thread; must be quick. Default: nothing.</summary>
    /// <remarks>Wire it to the client's ReportProgress, so that copying or checking a large database is not taken for a hang.</remarks>
    public Action? Progress { get; init; }

    /// <summary>Whether <c>PRAGMA quick_check</c> runs on each copy before it is handed over. Default: true.</summary>
    /// <remarks>It reads the copy once more, without holding any lock on the database; a damaged database then fails its backup with Corrupt instead of its
    /// restore.</remarks>
    public bool CheckCopy { get; init; } = true;
}
