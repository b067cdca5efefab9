using System.Text.Json;
using System.Text.Json.Serialization;
using Conn.PubSub;

namespace Conn.Hosting.Requests;

/// <summary>Writes a mode by its number, so that every bit survives.</summary>
internal sealed class ModeConverter : JsonConverter<BurMode>
{
    public override BurMode Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => BurMode.FromValue(reader.GetInt32());

    public override void Write(Utf8JsonWriter writer, BurMode value, JsonSerializerOptions options) => writer.WriteNumberValue(value.ToValue());
}
