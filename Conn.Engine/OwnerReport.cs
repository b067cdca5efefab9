using System.Text.Json.Serialization;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Reports;
using Conn.PubSub.Security;
using Conn.Repository.Sets;

namespace Conn.Engine;

/// <summary>What became of one owner in an operation.</summary>
[JsonConverter(typeof(ReportJson.OfOwner))]
public sealed record OwnerReport
{
    /// <summary>The owner's name.</summary>
    public required string Name { get; init; }

    /// <summary>The owner's id.</summary>
    public required SecureId Sid { get; init; }

    /// <summary>What its failure means for the others, as it was registered. Default: Required.</summary>
    public OwnerPolicy Policy { get; init; }

    /// <summary>What its part holds: all data, what changed, nothing of its own, or data handed over by managers.</summary>
    public PartType Type { get; init; }

    /// <summary>How its part ended.</summary>
    public OwnerOutcome Outcome { get; init; }

    /// <summary>The owner's own code; None when it did not fail.</summary>
    public ErrorCode Error { get; init; }

    /// <summary>The call that failed; null when the owner did not fail, or not in a call. For programs; the messages say what the owner was doing. Not in
    /// JSON.</summary>
    public OwnerCallKind? FailedCall { get; init; }

    /// <summary>Whether its failure may pass without a change by the user; see <see cref="ErrorCode.IsTransient"/>.</summary>
    public bool Retryable => Error.IsTransient;

    /// <summary>Where the data comes from: in a restore, where it was backed up from. Empty when that is unknown.</summary>
    public string Source { get; init; } = "";

    /// <summary>In a restore, where the owner's data is, which a restore in place replaces. Empty in a backup, and when that is unknown.</summary>
    public string Target { get; init; } = "";

    /// <summary>The id of the set its increment continues; of a restore, of the set it is restored from. Or null.</summary>
    public string? Parent { get; init; }

    /// <summary>Version of the layout of its data: in a backup the registered one, in a restore the greatest that is stored of what it takes. Default:
    /// 0.</summary>
    public uint DataVersion { get; init; }

    /// <summary>Plain bytes it handed over or took.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes on storage, snapshot included.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Bytes on storage of its snapshot alone.</summary>
    public long SnapshotStoredBytes { get; init; }

    /// <summary>How long it stayed prepared.</summary>
    public TimeSpan Held { get; init; }

    /// <summary>The owner's own checksum of each drive, when the request asked for it. Not in JSON. Default: none.</summary>
    public IReadOnlyDictionary<DriveNumber, uint> Checksums { get; init; } = new Dictionary<DriveNumber, uint>();

    /// <summary>Why it was done this way.</summary>
    public string Why { get; init; } = "";

    /// <summary>What the owner remarked; nothing is wrong.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What went wrong, or was left out.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];
}
