using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Conn.Cli.Output;

/// <summary>The form of every JSON document of the tool: names in camel case, times in UTC with at most milliseconds, nothing that moves a cursor.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Gets a document in one line, for verbs that write many.</summary>
    public static string Line<T>(T document, JsonTypeInfo<T> form) => Text(OneLine, json => JsonSerializer.Serialize(json, document, form));

    public static string Of<T>(T document, JsonTypeInfo<T> form) => Text(Indented, json => JsonSerializer.Serialize(json, document, form));

    /// <summary>Gets the document of a failure. A serializer would load more of the runtime than a process with few descriptors can open.</summary>
    public static string OfError(ExitCode code, string message) => Text(Indented, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 1);
        json.WriteStartObject("error");
        json.WriteString("code", code.ToString());
        json.WriteNumber("exitCode", (int)code);
        json.WriteString("message", message);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static string Text(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, options))
        {
            write(json);
        }

        return PrintableText.OfJson(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
