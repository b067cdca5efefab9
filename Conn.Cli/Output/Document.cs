using System.Text.Json.Serialization;

namespace Conn.Cli.Output;

/// <summary>A JSON document of the tool. Invariant: its first member is the version of its form.</summary>
internal abstract record Document
{
    [JsonPropertyOrder(-1)]
    public int SchemaVersion { get; } = 1;
}
