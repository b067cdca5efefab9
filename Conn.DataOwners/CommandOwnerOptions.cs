using Conn.ActiveBackup;

namespace Conn.DataOwners;

/// <summary>Which program a <see cref="CommandDataOwner"/> runs, and how. docs/owners.md describes what the program gets and answers.</summary>
public sealed record CommandOwnerOptions
{
    /// <summary>The owner's name, as in its <see cref="DataOwnerRegistration"/>; it becomes part of the names of staging folders.</summary>
    public required string Name { get; init; }

    /// <summary>Path of the program file; absolute, or relative to the current folder. It is not looked for in <c>PATH</c>, and no shell is involved.</summary>
    public required string Program { get; init; }

    /// <summary>Arguments before the last one, which is the stage. Default: none.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables that are added to the environment of this process. Names that begin with <c>CONN_</c> are set by the owner. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The one drive the owner has data on. Default: C.</summary>
    public DriveNumber Drive { get; init; } = DriveNumber.C;

    /// <summary>The folder in which each operation gets a private folder (0700). It must belong to this user, and no other user may write to it. It is made
    /// if it is missing. Default: <c>conn/command</c> in the folder for the user's application data.</summary>
    /// <remarks>What a restore has prepared waits here for its commit, so it must outlive the process. It needs room for the stream of a restore, and for what
    /// the program stages.</remarks>
    public string? StagingFolder { get; init; }

    /// <summary>Whether the program has a stage <c>plan</c>, which may refuse a restore before the mode changes. Default: false.</summary>
    public bool Plans { get; init; }

    /// <summary>Whether the program has a stage <c>discard</c>, which removes what a <c>restore</c> made outside of its staging folder. Default: true.</summary>
    public bool Discards { get; init; } = true;

    /// <summary>Whether the program has the stages <c>freeze</c> and <c>thaw</c>. Default: false.</summary>
    public bool Freezes { get; init; }

    /// <summary>How long a stage may take in all; 1 ms to 24 days. Default: null, no limit, but 60 s for <c>thaw</c>.</summary>
    /// <remarks>The engine's no-progress time-out applies besides. Bytes of the stream are progress, lines on standard error are not.</remarks>
    public TimeSpan? StageTimeout { get; init; }

    /// <summary>How long a program that is stopped has between SIGTERM and SIGKILL; up to an hour. Default: 2 s.</summary>
    public TimeSpan KillAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The clock of the time-outs. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Receives the failure of a <c>thaw</c> that ran after the operation had ended, on any thread. Default: nothing.</summary>
    /// <remarks>The next operation runs <c>thaw</c> again, and notes it.</remarks>
    public Action<Exception>? OnError { get; init; }
}
