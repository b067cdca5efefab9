using System.Text.Json.Serialization;
using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Repository.Sets;

namespace Conn.Hosting;

/// <summary>Where one owner of a host stands.</summary>
public sealed record OwnerStatus
{
    /// <summary>Gets the owner's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the id, as eight hexadecimal digits after <c>0x</c>.</summary>
    public string Sid { get; init => field = value ?? ""; } = "";

    /// <summary>Gets where it runs: <c>this host</c>, processes of the machine, or empty when it is another program's and not there.</summary>
    public string Where { get; init => field = value ?? ""; } = "";

    /// <summary>Gets what its failure means for the others.</summary>
    public OwnerPolicy Policy { get; init; }

    /// <summary>Gets where its data comes from; empty when that is unknown.</summary>
    public string Source { get; init => field = value ?? ""; } = "";

    /// <summary>Gets its readiness in the current or last operation.</summary>
    public required DataOwnerStatus Readiness { get; init; }

    /// <summary>Gets the code it failed with in the current or last operation; Success when it did not fail.</summary>
    public ErrorCode Error { get; init; }

    /// <summary>Gets what happened then, in a sentence; null when it did not fail.</summary>
    public string? ErrorText { get; init; }

    /// <summary>Gets whether that failure may pass without a change by the user.</summary>
    [JsonIgnore]
    public bool Retryable => Error.IsTransient;

    /// <summary>Gets the id of the newest set that holds its data; null when there is none.</summary>
    public string? LastGoodSet { get; init; }

    /// <summary>Gets when that set was made; null when there is none.</summary>
    public DateTimeOffset? LastGood { get; init; }

    /// <param name="standing">Where it stands in the engine.</param>
    /// <param name="last">What became of it in the last operation; null when it was in none.</param>
    /// <param name="set">The newest set that holds its data, or null.</param>
    /// <param name="where">Where it runs.</param>
    internal static OwnerStatus Of(OwnerStanding standing, OwnerReport? last, BackupSet? set, string where) => new()
    {
        Name = standing.Registration.Name, Sid = standing.Registration.Sid.ToString(), Where = where, Policy = standing.Registration.Policy,
        Source = standing.Registration.Source, Readiness = standing.Status, 
        Error = standing.Error.IsSuccess ? last?.Error ?? ErrorCode.Success : standing.Error, ErrorText = last is { Errors: [.., var text] } ? text : null,
        LastGoodSet = set?.Id.ToString(), LastGood = set?.Time,
    };
}
