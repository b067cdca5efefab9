using System.Text.Json;
using System.Text.Json.Serialization;
using Conn.PubSub;

namespace Conn.Hosting.Requests;

/// <summary>How requests, reports and answers are written.</summary>
internal static class RequestJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new CodeConverter(), new ModeConverter() },
        RespectNullableAnnotations = true,
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="ConnException">Argument: the text is no such document.</exception>
    public static T Read<T>(string text)
        where T : notnull
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Options) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new ConnException(ErrorCode.Argument, $"The document is no {typeof(T).Name}: {e.Message}", e);
        }
    }

    private sealed class CodeConverter : JsonConverter<ErrorCode>
    {
        public override ErrorCode Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            ErrorCode.TryParse(reader.GetString(), out ErrorCode code) ? code : throw new JsonException("This is no error code.");

        public override void Write(Utf8JsonWriter writer, ErrorCode value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
    }

    private sealed class ModeConverter : JsonConverter<BurMode>
    {
        public override BurMode Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => BurMode.FromValue(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, BurMode value, JsonSerializerOptions options) => writer.WriteNumberValue(value.ToValue());
    }
}
