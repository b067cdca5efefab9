using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Conn.Engine.Traces;

/// <summary>A trace as text: one JSON object a line, UTF-8, in the order in which things happened.</summary>
public static partial class TraceFile
{
    /// <summary>One entry as a line.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>JSON without line breaks; equal for equal entries.</returns>
    public static string ToLine(TraceEntry entry) => JsonSerializer.Serialize(entry, Json.Default.TraceEntry);

    /// <summary>Reads a line.</summary>
    /// <param name="line">What <see cref="ToLine"/> gave.</param>
    /// <returns>The entry.</returns>
    /// <exception cref="InvalidDataException">It is no entry.</exception>
    public static TraceEntry FromLine(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, Json.Default.TraceEntry) ?? throw new InvalidDataException("A line of the trace is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"A line of the trace is no entry: {e.Message}", e);
        }
    }

    /// <summary>Writes a trace.</summary>
    /// <param name="to">Where to; left open.</param>
    /// <param name="trace">The entries, in order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when all is handed to the stream.</returns>
    public static async Task WriteAsync(Stream to, IEnumerable<TraceEntry> trace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        await using StreamWriter writer = new(to, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        foreach (TraceEntry entry in trace)
        {
            await writer.WriteLineAsync(ToLine(entry).AsMemory(), cancellationToken);
        }
    }

    /// <summary>Reads a trace to the end of a stream.</summary>
    /// <param name="from">Where from; left open.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The entries, in order.</returns>
    /// <exception cref="InvalidDataException">A line is no entry; the message names its number.</exception>
    public static async Task<IReadOnlyList<TraceEntry>> ReadAsync(Stream from, CancellationToken cancellationToken = default)
    {
        using StreamReader reader = new(from, Encoding.UTF8, leaveOpen: true);
        List<TraceEntry> entries = [];
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            try
            {
                entries.Add(FromLine(line));
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"Line {entries.Count + 1}: {e.Message}", e);
            }
        }

        return entries;
    }

    [JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(TraceEntry))]
    private sealed partial class Json : JsonSerializerContext;
}
