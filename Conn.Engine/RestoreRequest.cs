using Conn.Engine.Owners;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine;

/// <summary>What to restore, from which set.</summary>
public sealed record RestoreRequest
{
    /// <summary>Where the set is; opened by the caller, who disposes it.</summary>
    public required BackupRepository Repository { get; init; }

    /// <summary>The set.</summary>
    public required BackupSet Set { get; init; }

    /// <summary>Who asks: named to others that want the engine or the repository at the same time. 1 to 256 characters. Default: the name of the
    /// program and its process id.</summary>
    public string Holder { get; init; } = EngineHolder.Of("a restore");

    /// <summary>The owners, each of which must be in the set; null for all that the set holds and that are registered, what is left out named in the notes.
    /// Default: null.</summary>
    public IReadOnlyList<SecureId>? Owners { get; init; }

    /// <summary>
    /// True when owners get their data back where it came from: the commit is recorded in the repository, a crash after it is rolled forward by
    /// the next run, and the restored set becomes the owners' next parent. False for a restore to another place. Default: true.
    /// </summary>
    public bool InPlace { get; init; } = true;

    /// <summary>
    /// True to restore in place also where an owner's <see cref="ActiveBackup.DataOwnerRegistration.Source"/> is not the stored one: its data is
    /// replaced by that of another place. Default: false.
    /// </summary>
    public bool AllowOtherSource { get; init; }

    /// <summary>True to publish a partial restore also when every registered owner takes part. Default: false.</summary>
    public bool Partial { get; init; }

    /// <summary>True to stop after the plan: nothing changes, not even the mode. Default: false.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>True to ask each owner for its checksum of every drive once the data is in place; the report has the values. Default: false.</summary>
    public bool Checksums { get; init; }
}
