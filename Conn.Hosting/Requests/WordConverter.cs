using System.Text.Json;
using System.Text.Json.Serialization;

namespace Conn.Hosting.Requests;

/// <summary>Writes an enumeration by the word of its value, and reads nothing else.</summary>
internal sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
