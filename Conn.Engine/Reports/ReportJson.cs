using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Conn.ActiveBackup;
using Conn.PubSub;

namespace Conn.Engine.Reports;

/// <summary>Writes reports as the JSON documents of docs/cli.md. <see cref="ReportReader"/> reads them.</summary>
internal static class ReportJson
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Readable))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static void Write(Utf8JsonWriter json, BackupReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 1);
        json.WriteString("set", report.SetId?.Text);
        json.WriteString("type", report.Type == BackupIncType.Increment ? "increment" : "base");
        Write(json, "outcome", report.Outcome);
        json.WriteBoolean("dryRun", report.PlanOnly);
        json.WriteBoolean("verified", report.Verified);
        json.WriteString("readBack", report.ReadBack is { } readBack ? Word(readBack) : null);
        json.WriteNumber("bytes", report.Bytes);
        json.WriteNumber("storedBytes", report.StoredBytes);
        Write(json, report.Owners);
        Write(json, "notes", report.Notes);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RestoreReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 1);
        json.WriteString("set", report.SetId.Text);
        Write(json, "outcome", report.Outcome);
        json.WriteBoolean("dryRun", report.PlanOnly);
        if (report.CommitUnknown)
        {
            json.WriteNull("committed");
        }
        else
        {
            json.WriteBoolean("committed", report.Committed);
        }

        json.WriteNumber("bytes", report.Owners.Sum(static o => o.Bytes));
        Write(json, report.Owners);
        Write(json, "notes", report.Notes);
        json.WriteStartArray("missing");
        foreach (MissingOwner missing in report.Missing)
        {
            Write(json, missing);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, MissingOwner missing)
    {
        json.WriteStartObject();
        json.WriteString("name", missing.Name);
        json.WriteString("sid", missing.Sid.ToString());
        Write(json, "reason", missing.Reason);
        json.WriteString("newestSet", missing.NewestSet);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, OwnerReport owner)
    {
        json.WriteStartObject();
        json.WriteString("name", owner.Name);
        json.WriteString("sid", owner.Sid.ToString());
        json.WriteBoolean("required", owner.Policy == OwnerPolicy.Required);
        json.WriteString("source", owner.Source.Length > 0 ? owner.Source : null);
        json.WriteString("target", owner.Target.Length > 0 ? owner.Target : null);
        Write(json, "type", owner.Type);
        Write(json, "outcome", owner.Outcome);
        json.WriteString("error", owner.Error.IsSuccess ? null : owner.Error.Name);
        json.WriteBoolean("retryable", owner.Retryable);
        json.WriteString("parent", owner.Parent);
        json.WriteNumber("bytes", owner.Bytes);
        json.WriteNumber("storedBytes", owner.StoredBytes);
        json.WriteNumber("snapshotStoredBytes", owner.SnapshotStoredBytes);
        json.WriteNumber("heldMilliseconds", (long)owner.Held.TotalMilliseconds);
        json.WriteString("why", owner.Why);
        Write(json, "notes", owner.Notes);
        Write(json, "errors", owner.Errors);
        json.WriteNumber("dataVersion", owner.DataVersion);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<OwnerReport> owners)
    {
        json.WriteStartArray("owners");
        foreach (OwnerReport owner in owners)
        {
            Write(json, owner);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void Write<T>(Utf8JsonWriter json, string name, T value)
        where T : struct, Enum => json.WriteString(name, Word(value));

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>Makes a serializer write the document wherever a report stands.</summary>
    internal abstract class Converter<T>(Action<Utf8JsonWriter, T> write, Func<JsonElement, T> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return ReportReader.Read(document.RootElement, read);
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => write(writer, value);
    }

    internal sealed class OfBackup() : Converter<BackupReport>(static (json, report) => ReportJson.Write(json, report), ReportReader.Backup);

    internal sealed class OfRestore() : Converter<RestoreReport>(static (json, report) => ReportJson.Write(json, report), ReportReader.Restore);

    internal sealed class OfOwner() : Converter<OwnerReport>(static (json, report) => ReportJson.Write(json, report), ReportReader.Owner);
}
