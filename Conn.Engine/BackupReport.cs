using System.Text.Json.Serialization;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.Repository.Sets;

namespace Conn.Engine;

/// <summary>What became of a backup.</summary>
[JsonConverter(typeof(ReportJson.OfBackup))]
public sealed record BackupReport
{
    /// <summary>The committed set; null when no owner handed over anything, and in a report that was read from JSON: <see cref="SetId"/> names it there
    /// too.</summary>
    public BackupSet? Set { get; init; }

    /// <summary>The id of the committed set, or null when no owner handed over anything.</summary>
    public SetId? SetId { get; init; }

    /// <summary>Plain bytes of the set.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes of the set on storage.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Where the set was read back from; null without a set.</summary>
    public ReadBack? ReadBack { get; init; }

    /// <summary>Base when every part is, else increment.</summary>
    public BackupIncType Type { get; init; }

    /// <summary>The outcome of the operation.</summary>
    public OperationOutcome Outcome { get; init; }

    /// <summary>True when only the plan was made: nothing changed, not even the mode.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>True when all of it was read back from storage, decoded and matched. A committed set always was.</summary>
    public bool Verified => SetId is not null;

    /// <summary>The owners, in the order in which they were registered.</summary>
    public required IReadOnlyList<OwnerReport> Owners { get; init; }

    /// <summary>What was repaired on the way: leftovers removed, an earlier restore rolled forward.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Writes the report as the JSON document that the tool prints: indented, camel-case names, words for enumerations. A serializer writes the same
    /// members.</summary>
    /// <returns>One JSON object.</returns>
    public string ToJson() => ReportJson.Text(json => ReportJson.Write(json, this));

    /// <summary>Reads a report that <see cref="ToJson"/> or a serializer wrote, for example in another process.</summary>
    /// <param name="json">One JSON object; members that are not known are passed over.</param>
    /// <returns>The report, without <see cref="Set"/>.</returns>
    /// <exception cref="System.Text.Json.JsonException">The text is no such document.</exception>
    public static BackupReport FromJson(string json) => ReportReader.Parse(json, ReportReader.Backup);
}
