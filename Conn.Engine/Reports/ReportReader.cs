using System.Globalization;
using System.Text.Json;
using Conn.ActiveBackup;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository.Sets;

namespace Conn.Engine.Reports;

/// <summary>Reads the documents that <see cref="ReportJson"/> writes.</summary>
internal static class ReportReader
{
    private const string Increment = "increment";

    /// <exception cref="JsonException">The text is no such document.</exception>
    public static T Parse<T>(string json, Func<JsonElement, T> read)
    {
        ArgumentNullException.ThrowIfNull(json);
        using JsonDocument document = JsonDocument.Parse(json);
        return Read(document.RootElement, read);
    }

    /// <exception cref="JsonException">The element is no such document.</exception>
    public static T Read<T>(JsonElement element, Func<JsonElement, T> read)
    {
        try
        {
            return read(element);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new JsonException($"This is no document of a {typeof(T).Name}: {e.Message}", e);
        }
    }

    public static BackupReport Backup(JsonElement json) => new()
    {
        SetId = Text(json, "set") is { } set ? SetId.Parse(set) : null,
        Type = Text(json, "type") == Increment ? BackupIncType.Increment : BackupIncType.Base,
        Outcome = Word<OperationOutcome>(json, "outcome"),
        PlanOnly = json.GetProperty("dryRun").GetBoolean(),
        ReadBack = Text(json, "readBack") is null ? null : Word<ReadBack>(json, "readBack"),
        Bytes = json.GetProperty("bytes").GetInt64(),
        StoredBytes = json.GetProperty("storedBytes").GetInt64(),
        Owners = Owners(json),
        Notes = Texts(json, "notes"),
    };

    public static RestoreReport Restore(JsonElement json) => new()
    {
        SetId = SetId.Parse(Text(json, "set") ?? ""),
        Outcome = Word<OperationOutcome>(json, "outcome"),
        PlanOnly = json.GetProperty("dryRun").GetBoolean(),
        Committed = json.GetProperty("committed").ValueKind == JsonValueKind.True,
        CommitUnknown = json.GetProperty("committed").ValueKind == JsonValueKind.Null,
        Owners = Owners(json),
        Notes = Texts(json, "notes"),
        Missing = json.TryGetProperty("missing", out JsonElement missing) ? [.. missing.EnumerateArray().Select(Missing)] : [],
    };

    private static MissingOwner Missing(JsonElement json) => new()
    {
        Name = Text(json, "name") ?? "",
        Sid = Sid(Text(json, "sid")),
        Reason = Word<MissingReason>(json, "reason"),
        NewestSet = Text(json, "newestSet"),
    };

    public static OwnerReport Owner(JsonElement json) => new()
    {
        Name = Text(json, "name") ?? "",
        Sid = Sid(Text(json, "sid")),
        Policy = json.GetProperty("required").GetBoolean() ? OwnerPolicy.Required : OwnerPolicy.BestEffort,
        Source = Text(json, "source") ?? "",
        Target = Text(json, "target") ?? "",
        Type = Word<PartType>(json, "type"),
        Outcome = Word<OwnerOutcome>(json, "outcome"),
        Error = Text(json, "error") is not { } error ? ErrorCode.Success
            : ErrorCode.TryParse(error, out ErrorCode code) ? code : throw new FormatException($"'{error}' is no error code."),
        Parent = Text(json, "parent"),
        Bytes = json.GetProperty("bytes").GetInt64(),
        StoredBytes = json.GetProperty("storedBytes").GetInt64(),
        SnapshotStoredBytes = json.GetProperty("snapshotStoredBytes").GetInt64(),
        Held = TimeSpan.FromMilliseconds(json.GetProperty("heldMilliseconds").GetInt64()),
        Why = Text(json, "why") ?? "",
        Notes = Texts(json, "notes"),
        Errors = Texts(json, "errors"),
        DataVersion = json.GetProperty("dataVersion").GetUInt32(),
    };

    private static IReadOnlyList<OwnerReport> Owners(JsonElement json) => [.. json.GetProperty("owners").EnumerateArray().Select(Owner)];

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static IReadOnlyList<string> Texts(JsonElement json, string name) => [.. json.GetProperty(name).EnumerateArray().Select(static t => t.GetString() ?? "")];

    private static T Word<T>(JsonElement json, string name)
        where T : struct, Enum =>
        Enum.TryParse(Text(json, name), ignoreCase: true, out T value) ? value : throw new FormatException($"'{Text(json, name)}' is no {name}.");

    private static SecureId Sid(string? text) =>
        text is ['0', 'x', ..] && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            ? new SecureId(value) : throw new FormatException($"'{text}' is no id of an owner.");
}
