namespace Conn.Cli;

/// <summary>What the process ends with: the table of docs/cli.md. Scripts rely on the numbers.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>A Required owner failed, or the repository has a newer format.</summary>
    Failed = 1,

    /// <summary>Wrong usage.</summary>
    Usage = 2,

    /// <summary>A best-effort owner failed or was skipped, or a file was left out.</summary>
    Partial = 3,

    /// <summary>Refused by an owner.</summary>
    Refused = 4,

    /// <summary>Timed out.</summary>
    TimedOut = 5,

    /// <summary>Something in the repository does not match.</summary>
    VerificationFailed = 6,

    /// <summary>An increment was asked for and a base is needed.</summary>
    ChainBroken = 7,

    /// <summary>No such repository, set or owner.</summary>
    NotFound = 10,

    /// <summary>In use by another operation or process.</summary>
    InUse = 11,

    /// <summary>Not permitted.</summary>
    NotPermitted = 12,

    /// <summary>Cannot now, try again later.</summary>
    TryLater = 75,

    /// <summary>Interrupted; the host is back in Normal, the repository as before.</summary>
    Interrupted = 130,
}
