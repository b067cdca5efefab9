using Conn.ActiveBackup.Contract;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>What to restore, from which set.</summary>
public sealed record RestoreRequest
{
    /// <summary>Where the set is; opened by the caller, who disposes it.</summary>
    public required BackupRepository Repository { get; init; }

    /// <summary>The set.</summary>
    public required BackupSet Set { get; init; }

    /// <summary>Who asks, told to others that want the engine or the repository meanwhile. Default: "a restore".</summary>
    public string Holder { get; init; } = "a restore";

    /// <summary>The owners; null for all that are registered. Each must be in the set. Default: null.</summary>
    public IReadOnlyList<SecureId>? Owners { get; init; }

    /// <summary>
    /// True when owners get their data back where it came from: the decision is recorded in the repository, a crash after it is rolled forward by
    /// the next run, and the restored set becomes the owners' next parent. False for a restore to another place. Default: true.
    /// </summary>
    public bool InPlace { get; init; } = true;

    /// <summary>Owners that can say beforehand whether they could take the restore; asked before the mode changes, managers that only help included. Default: none.</summary>
    public IReadOnlyDictionary<SecureId, IRestorePlan> Plans { get; init; } = new Dictionary<SecureId, IRestorePlan>();

    /// <summary>True to stop after the plan: nothing is touched, the mode does not change. Default: false.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>True to ask each owner for its checksum of every drive once the data is in place; the report has the values. Default: false.</summary>
    public bool Checksums { get; init; }
}
