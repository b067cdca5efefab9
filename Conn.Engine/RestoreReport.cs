using System.Text.Json.Serialization;
using Conn.Engine.Reports;
using Conn.Repository.Sets;

namespace Conn.Engine;

/// <summary>What became of a restore.</summary>
[JsonConverter(typeof(ReportJson.OfRestore))]
public sealed record RestoreReport
{
    /// <summary>The id of the set restored.</summary>
    public required SetId SetId { get; init; }

    /// <summary>The outcome of the operation. Failed before the commit: nothing changed. Failed after it: the errors name the owners that are not in
    /// place.</summary>
    public OperationOutcome Outcome { get; init; }

    /// <summary>True once the commit record was durable: every owner in it was, or will be, rolled forward.</summary>
    public bool Committed { get; init; }

    /// <summary>True when the storage failed and the commit state is unknown: nothing is in place, and the next run completes the restore or discards
    /// it.</summary>
    public bool CommitUnknown { get; init; }

    /// <summary>True when only the plan was made: nothing changed, not even the mode.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>The owners, in the order in which they were restored.</summary>
    public required IReadOnlyList<OwnerReport> Owners { get; init; }

    /// <summary>What was repaired on the way, and what the next run must settle.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The owners of which the set holds nothing, so that they are as they were. A host fills it when everything was asked for. Default: none.</summary>
    public IReadOnlyList<MissingOwner> Missing { get; init; } = [];

    /// <summary>Adds the owners that the set holds nothing of. A success becomes <see cref="OperationOutcome.Partial"/> if one of them counts.</summary>
    /// <param name="missing">The owners.</param>
    /// <returns>The report of the whole restore.</returns>
    public RestoreReport WithMissing(IReadOnlyList<MissingOwner> missing) => this with
    {
        Missing = missing,
        Outcome = Outcome == OperationOutcome.Succeeded && missing.Any(static m => m.Counts) ? OperationOutcome.Partial : Outcome,
    };

    /// <summary>Writes the report as the JSON document that the tool prints: indented, camel-case names, words for enumerations. A serializer writes the same
    /// members.</summary>
    /// <returns>One JSON object.</returns>
    public string ToJson() => ReportJson.Text(json => ReportJson.Write(json, this));

    /// <summary>Reads a report that <see cref="ToJson"/> or a serializer wrote, for example in another process.</summary>
    /// <param name="json">One JSON object; members that are not known are passed over.</param>
    /// <returns>The report.</returns>
    /// <exception cref="System.Text.Json.JsonException">The text is no such document.</exception>
    public static RestoreReport FromJson(string json) => ReportReader.Parse(json, ReportReader.Restore);
}
