using System.Text.Json;
using System.Text.Json.Serialization;

namespace Conn.Hosting.Requests;

/// <summary>Writes a code by its name.</summary>
internal sealed class CodeConverter : JsonConverter<ErrorCode>
{
    public override ErrorCode Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ErrorCode.TryParse(reader.GetString(), out ErrorCode code) ? code : throw new JsonException("This is no error code.");

    public override void Write(Utf8JsonWriter writer, ErrorCode value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}
