using System.Text.Json;
using System.Text.Json.Serialization;

namespace Conn.Cli.Output;

/// <summary>Writes an enumeration by the word of its value.</summary>
internal sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase)
    where T : struct, Enum;
