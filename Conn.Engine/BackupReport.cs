using System.Text.Json.Serialization;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.Repository.Sets;

namespace Conn.Engine;

/// <summary>What became of a backup.</summary>
[JsonConverter(typeof(ReportJson.OfBackup))]
public sealed record BackupReport
{
    /// <summary>The committed set, or null when no owner handed over anything.</summary>
    public BackupSet? Set { get; init; }

    /// <summary>Base when every part is, else increment.</summary>
    public BackupIncType Type { get; init; }

    /// <summary>The outcome of the operation.</summary>
    public OperationOutcome Outcome { get; init; }

    /// <summary>True when only the plan was made: nothing changed, not even the mode.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>True when all of it was read back from storage, decoded and matched. A committed set always was.</summary>
    public bool Verified => Set is not null;

    /// <summary>The owners, in the order in which they were registered.</summary>
    public required IReadOnlyList<OwnerReport> Owners { get; init; }

    /// <summary>What was repaired on the way: leftovers removed, an earlier restore rolled forward.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Writes the report as the JSON document that the tool prints: indented, camel-case names, words for enumerations. A serializer writes the same
    /// members.</summary>
    /// <returns>One JSON object.</returns>
    public string ToJson() => ReportJson.Text(json => ReportJson.Write(json, this));
}
