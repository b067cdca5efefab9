using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Conn.Cli.Daemon;
using Conn.Cli.Output;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Cli.Verbs;

/// <summary><c>conn property</c>: defines, reads, publishes, deletes and follows a property of the daemon's state bus.</summary>
internal static class PropertyVerb
{
    private const string Integer = "int";
    private const string Text = "text";

    private static readonly Argument<string> Category = new("CATEGORY") { Description = "A number, or 0x and hexadecimal digits." };
    private static readonly Argument<string> Key = new("KEY") { Description = "As CATEGORY." };

    public static Command Create(VerbContext context)
    {
        Verb command = new("property", "Use a property of the daemon's state bus.")
        {
            Usage = "define|get|set|delete|watch CATEGORY KEY [VALUE] [--type int|text] [--sid SID] [--socket PATH] [--json]",
            Examples = ["property define 0x20000001 1 --type int", "property set 0x20000001 1 42", "property watch 0x20000001 1"],
        };
        Option<string> type = new("--type") { HelpName = "TYPE", Description = "int (default) or text.", DefaultValueFactory = static _ => Integer };
        type.AcceptOnlyFromAmong(Integer, Text);
        Argument<string> value = new("VALUE") { Description = "A number for a property of numbers, else a text." };
        Verb define = Add(command, context, "define", "Define it; every client may read and write it.", (client, name, parsed) =>
            client.DefineAsync(name, PropertyDefinition.Open(parsed.GetValue(type) == Text ? PropertyType.ByteArray : PropertyType.Int), context.Interrupted).AsTask());
        define.Add(type);
        Add(command, context, "get", "Read it.", async (client, name, _) =>
            Show(context, name, await client.TryReadAsync(name, context.Interrupted)));
        Verb set = Add(command, context, "set", "Publish a value.", async (client, name, parsed) =>
            await SetAsync(client, name, parsed.GetRequiredValue(value), context.Interrupted));
        set.Add(value);
        Add(command, context, "delete", "Delete it.", (client, name, _) => client.DeleteAsync(name, context.Interrupted).AsTask());
        Add(command, context, "watch", "Show a line for each change, until interrupted.", (client, name, _) => Changes.ShowAsync(
            context, client.Observe(name, ObserveOptions.Buffered(1024)),
            (change, time) => new PropertyChangeDocument(
                time, name.ToString(), change.Kind.ToString(), Json(change.Value, change.Bytes), change.Revision.Value),
            Documents.Default.PropertyChangeDocument,
            (change, time) => string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {(change.HasValue ? Words(change.Value, change.Bytes) : change.Kind)} @{change.Revision}")));
        return command;
    }

    private static Verb Add(
        Command parent, VerbContext context, string name, string description, Func<IPropertyClient, PropertyName, ParseResult, Task> run)
    {
        SocketOption socket = new();
        Option<string?> sid = SharedOptions.One("--sid", "SID", "The secure id to act as. Default: CATEGORY.");
        Verb command = new(name, description) { Usage = $"CATEGORY KEY{(name == "set" ? " VALUE" : "")} [--sid SID] [--socket PATH] [--json]", Examples = [$"property {name} 0x20000001 1"] };
        command.Add(Category);
        command.Add(Key);
        command.Add(sid);
        socket.AddTo(command);
        command.AddCommon();
        command.SetAction(async (parsed, _) =>
        {
            PropertyName property = new(Number("CATEGORY", parsed.GetRequiredValue(Category)), Number("KEY", parsed.GetRequiredValue(Key)));
            SecureId identity = new(parsed.GetValue(sid) is { } text ? Number("--sid", text) : property.Category);
            await using IpcPropertyStore bus = await IpcPropertyStore.ConnectAsync(socket.Read(parsed), context.Interrupted);
            await using IPropertyClient client = await DaemonBus.OpenAsync(bus, identity, context.Interrupted);
            await run(client, property, parsed);
            return (int)ExitCode.Done;
        });
        parent.Add(command);
        return command;
    }

    private static async Task SetAsync(IPropertyClient client, PropertyName name, string value, CancellationToken cancellationToken)
    {
        PropertyReading now = await client.TryReadAsync(name, cancellationToken);
        PropertyValue next = now.Code.IsSuccess && now.Value.IsBytes ? Encoding.UTF8.GetBytes(value)
            : int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number
            : now.Code.IsSuccess ? throw new UsageException($"VALUE: {name} holds a number of 32 bits, and '{value}' is none.")
            : Encoding.UTF8.GetBytes(value);
        await client.SetAsync(name, next, cancellationToken);
    }

    private static void Show(VerbContext context, PropertyName name, PropertyReading reading)
    {
        if (!reading.Code.IsSuccess)
        {
            throw new ConnException(reading.Code, $"Property {name} cannot be read: {reading.Code.Name}.");
        }

        int? number = reading.Value.IsBytes ? null : reading.Value.Int;
        context.Terminal.Result(
            new PropertyDocument(name.ToString(), Json(number, reading.Value.Bytes), reading.Revision.Value), Documents.Default.PropertyDocument,
            console => console.Line(Words(number, reading.Value.Bytes)));
    }

    private static JsonValue Json(int? number, ReadOnlyMemory<byte> bytes) =>
        number is { } value ? JsonValue.Create(value) : JsonValue.Create(Words(null, bytes));

    private static string Words(int? number, ReadOnlyMemory<byte> bytes) =>
        number?.ToString(CultureInfo.InvariantCulture) ?? Encoding.UTF8.GetString(bytes.Span);

    private static uint Number(string what, string text) =>
        (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number)
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            ? number : throw new UsageException($"{what} {text}: a number is expected, for example 7 or 0x20000001.");
}

/// <summary>The value is a number or a text.</summary>
internal sealed record PropertyDocument(string Property, JsonValue Value, long Revision) : Document;

internal sealed record PropertyChangeDocument(DateTimeOffset Time, string Property, string Kind, JsonValue Value, long Revision) : Document;
