using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Conn.Hosting.Requests;

/// <summary>How requests, reports and answers are written.</summary>
internal static class RequestJson
{
    public static string Write<T>(T value, JsonTypeInfo<T> form) => JsonSerializer.Serialize(value, form);

    /// <exception cref="ConnException">Argument: the text is no such document.</exception>
    public static T Read<T>(string text, JsonTypeInfo<T> form)
        where T : notnull
    {
        try
        {
            return JsonSerializer.Deserialize(text, form) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new ConnException(ErrorCode.Argument, $"The document is no {typeof(T).Name}: {e.Message}", e);
        }
    }
}
