using System.Text.Json;
using System.Text.Json.Serialization;

namespace Conn.Hosting.AspNetCore;

/// <summary>The form of the document of the status endpoint, whatever the application chose for its own documents.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(StatusDocument))]
internal sealed partial class StatusForms : JsonSerializerContext;
