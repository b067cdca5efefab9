using System.Text;
using System.Text.Json;
using Conn.Cli.Usage;

namespace Conn.Cli.Owners;

/// <summary>A value of the configuration with its place, so that whatever is wrong with it names file, line and member.</summary>
/// <param name="Where">The file and the line.</param>
/// <param name="Path">The members that lead to it, for example <c>owners[1].exclude</c>; empty for the whole file.</param>
/// <param name="Kind">What it is.</param>
internal sealed record ConfigurationValue(string Where, string Path, JsonTokenType Kind)
{
    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly List<ConfigurationValue> _items = [];
    private readonly Dictionary<string, ConfigurationValue> _members = new(StringComparer.Ordinal);
    private string _text = "";

    /// <summary>Gets the members of an object.</summary>
    public IReadOnlyDictionary<string, ConfigurationValue> Members => _members;

    /// <summary>Reads a document.</summary>
    /// <exception cref="UsageException">It is empty, not JSON, or an object in it has a member twice.</exception>
    public static ConfigurationValue Parse(string file, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new UsageException($"--config {file} is empty; a JSON object is expected.");
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        try
        {
            Utf8JsonReader reader = new(bytes, Options);
            _ = reader.Read();
            ConfigurationValue value = Read(ref reader, new Source(file, bytes), "");
            _ = reader.Read();
            return value;
        }
        catch (JsonException e)
        {
            long line = (e.LineNumber ?? 0) + 1;
            throw new UsageException($"--config {file}, line {line}, column {(e.BytePositionInLine ?? 0) + 1}: this is not JSON. "
                + "Look for a comma, a quote or a bracket that is missing or superfluous here or before.");
        }
    }

    /// <summary>Checks that this is an object and has no other members than these.</summary>
    /// <exception cref="UsageException">It is something else, or has another member.</exception>
    public ConfigurationValue Object(params string[] known)
    {
        Require(JsonTokenType.StartObject, "an object");
        if (_members.Keys.FirstOrDefault(k => !known.Contains(k)) is { } unknown)
        {
            string? meant = known.FirstOrDefault(k => k.Equals(unknown, StringComparison.OrdinalIgnoreCase)) ?? Nearest.Of(unknown, known);
            throw _members[unknown].Wrong(meant is null ? $"there is no such member; known are {string.Join(", ", known)}."
                : $"there is no such member; did you mean {meant}?");
        }

        return this;
    }

    /// <summary>Gets a member; null if it is absent.</summary>
    public ConfigurationValue? Member(string name) => _members.GetValueOrDefault(name);

    public string? Text(string member) => Member(member)?.AsText();

    public string RequiredText(string member) => Text(member) ?? throw Wrong($"{member} is missing.");

    /// <summary>Gets this value, which is a text.</summary>
    public string AsText() => Require(JsonTokenType.String, "a text")._text;

    public int? Integer(string member, int least, int most) => Member(member) is not { } value ? null
        : value.Require(JsonTokenType.Number, "a number") is { } number
            && int.TryParse(number._text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out int integer)
            && integer >= least && integer <= most
            ? integer : throw value.Wrong($"must be a whole number from {least} to {most}, not {value._text}.");

    public bool Flag(string member) => Member(member) is { } value && (value.Kind == JsonTokenType.True
        || (value.Kind != JsonTokenType.False ? throw value.Wrong($"true or false is expected, not {value.What()}.") : false));

    public TimeSpan? Seconds(string member, double least = 0.001, double most = 86_400) => Member(member) is not { } value ? null
        : value.Require(JsonTokenType.Number, "a number of seconds") is { } number
            && double.TryParse(number._text, System.Globalization.CultureInfo.InvariantCulture, out double seconds) && seconds >= least && seconds <= most
            ? TimeSpan.FromSeconds(seconds) : throw value.Wrong(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"must be {least} to {most}, not {value._text}."));

    public IReadOnlyList<ConfigurationValue> List(string member) => Member(member)?.Require(JsonTokenType.StartArray, "a list")._items ?? [];

    public IReadOnlyList<string> Texts(string member) => [.. List(member).Select(static v => v.AsText())];

    /// <summary>Gets the error that something is wrong with this value.</summary>
    public UsageException Wrong(string what) => new($"{Where}: {(Path.Length == 0 ? "" : Path + ": ")}{what}");

    private static ConfigurationValue Read(ref Utf8JsonReader reader, Source source, string path)
    {
        ConfigurationValue value = new(source.At(reader.TokenStartIndex), path, reader.TokenType);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    string where = source.At(reader.TokenStartIndex);
                    string name = Decoded(ref reader, where, path);
                    string inner = path.Length == 0 ? name : $"{path}.{name}";
                    _ = reader.Read();
                    if (!value._members.TryAdd(name, Read(ref reader, source, inner) with { Where = where }))
                    {
                        throw new UsageException($"{where}: {inner}: this member is there twice; leave one of them out.");
                    }
                }

                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    value._items.Add(Read(ref reader, source, $"{path}[{value._items.Count}]"));
                }

                break;
            case JsonTokenType.String:
                value._text = Decoded(ref reader, value.Where, path);
                break;
            case JsonTokenType.Number:
                value._text = Encoding.UTF8.GetString(reader.ValueSpan);
                break;
            default:
                break;
        }

        return value;
    }

    private static string Decoded(ref Utf8JsonReader reader, string where, string path)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new UsageException($"{where}: {path}: the text holds half of a character (an escape \\uD800 to \\uDFFF alone).");
        }
    }

    private ConfigurationValue Require(JsonTokenType kind, string expected) =>
        Kind == kind ? this : throw Wrong($"{expected} is expected, not {What()}.");

    private string What() => Kind switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => $"the text \"{_text}\"",
        JsonTokenType.Number => $"the number {_text}",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    /// <summary>The file that is read: from a position to its line.</summary>
    private sealed record Source(string File, byte[] Bytes)
    {
        public string At(long position) => $"--config {File}, line {Bytes.AsSpan(0, (int)position).Count((byte)'\n') + 1}";
    }
}
