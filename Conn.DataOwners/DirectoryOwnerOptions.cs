using Conn.ActiveBackup;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners;

/// <summary>What a <see cref="DirectoryDataOwner"/> keeps, and where. Either <see cref="Path"/> or <see cref="Drives"/> is given.</summary>
public sealed record DirectoryOwnerOptions
{
    /// <summary>The owner's name: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, a letter or digit first. Used in messages and in staging folder names.</summary>
    public required string Name { get; init; }

    /// <summary>The folder of an owner with one drive, C; absolute or relative to the current folder. Ignored when <see cref="Drives"/> is given.</summary>
    public string? Path { get; init; }

    /// <summary>A folder for each drive; null (default) for one drive, C, at <see cref="Path"/>. Restores go to the same folders.</summary>
    public IReadOnlyDictionary<DriveNumber, string>? Drives { get; init; }

    /// <summary>Absolute paths of what belongs to others and the host does not know. They are left out and listed as notes. Default: none.</summary>
    /// <remarks>A host adds the repository and the places of its other owners by itself (<see cref="IOwnedPlaces"/>). With a file go its <c>-wal</c>, <c>-shm</c> and <c>-journal</c>. Another name (a hard link, a second mount) of such a place is left out too. A
    /// restore in place of a folder that holds one of them is refused: the swap would lose it.</remarks>
    public IReadOnlyList<string> OtherPlaces { get; init; } = [];

    /// <summary>Patterns of what is not kept, of at most 1 000 characters each, in the syntax and order of the lines of a <c>.gitignore</c> file at the top of
    /// each drive's folder. Default: none.</summary>
    /// <remarks>What they exclude is counted in a note, and is not in the image of the next increment either. A restore in place that would remove something
    /// excluded is refused and names it.</remarks>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether the content of folders with a cache directory tag is excluded: a file <c>CACHEDIR.TAG</c> that begins with the signature of that
    /// standard. The folder and the tag are kept. The drive's own folder is never excluded. Default: false.</summary>
    public bool ExcludeCaches { get; init; }

    /// <summary>Names of marker files: of a folder below the drive's folder that holds one, only the folder and the marker are kept. Default: none.</summary>
    public IReadOnlyList<string> ExcludeIfPresent { get; init; } = [];

    /// <summary>Whether other file systems mounted below are entered. Default: false; they are kept as empty folders and listed.</summary>
    public bool CrossMounts { get; init; }

    /// <summary>Whether a restore gives entries to the user and group numbers that were stored. Default: false; a user or group that had a name is the one of that
    /// name here, and its number counts only if there is none. The same goes for the users and groups of ACLs.</summary>
    public bool NumericIds { get; init; }

    /// <summary>The clock that tells when a scan started. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>A seam for tests that lie about times; null (default) for what the kernel says.</summary>
    public IFileStatusSource? FileStatusSource { get; init; }

    /// <summary>Where temporary lists are kept, in files without a name; null (default) for the system's temporary folder.</summary>
    public string? SpoolFolder { get; init; }

    /// <summary>Called at least once a second of work inside long callbacks, on the callback's thread; must be quick. Default: nothing.</summary>
    /// <remarks>Wire it to the client's ReportProgress, so that walking or hashing a large tree is not taken for a hang.</remarks>
    public Action? Progress { get; init; }
}
