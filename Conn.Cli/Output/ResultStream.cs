using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Conn.Cli.Output;

/// <summary>A result of any length, of which a few kilobytes are held: lines, or with --json one object. Invariant: also after a failure the object is
/// whole.</summary>
internal sealed class ResultStream : IDisposable
{
    private const int ChunkBytes = 32 * 1024;
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Terminal _terminal;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * ChunkBytes);
    private readonly StringBuilder _text = new();

    private ResultStream(Terminal terminal)
    {
        _terminal = terminal;
        Json = terminal.Json ? new Utf8JsonWriter(_buffer, Indented) : null;
    }

    /// <summary>Gets the writer of the object, with a few values at most between calls of <see cref="Next"/>; null for text.</summary>
    public Utf8JsonWriter? Json { get; }

    /// <summary>Writes a result.</summary>
    /// <param name="terminal">Where it goes.</param>
    /// <param name="write">Writes the members of the object, which has a version already, or the lines.</param>
    public static async Task RunAsync(Terminal terminal, Func<ResultStream, Task> write)
    {
        using ResultStream result = new(terminal);
        result.Json?.WriteStartObject();
        result.Json?.WriteNumber("schemaVersion", 1);
        try
        {
            await write(result);
        }
        catch (Exception e) when (result.EndWith(e))
        {
            throw;
        }

        result.Json?.WriteEndObject();
        result.End();
    }

    /// <summary>Writes a line of text.</summary>
    public void Line(string text) => _text.Append(PrintableText.Of(text)).Append('\n');

    /// <summary>Ends a row: what was written may go out now.</summary>
    public void Next()
    {
        if (_text.Length >= ChunkBytes)
        {
            Flush();
        }
        else if (Json is { } json && json.BytesPending + _buffer.WrittenCount >= ChunkBytes)
        {
            Flush();
        }
    }

    public void Dispose() => Json?.Dispose();

    /// <summary>Ends an object that was begun to be written, and says in it why it is not complete. Never handles the failure.</summary>
    private bool EndWith(Exception e)
    {
        _text.Clear();
        if (Json is not { } json || (json.BytesCommitted == 0 && _buffer.WrittenCount == 0))
        {
            // Nothing is out yet: the tool writes the object of the failure.
            return false;
        }

        while (json.CurrentDepth > 1)
        {
            json.WriteEndArray();
        }

        ExitCode code = ExitCodes.Of(e);
        json.WriteStartObject("error");
        json.WriteString("code", code.ToString());
        json.WriteNumber("exitCode", (int)code);
        json.WriteString("message", e.Message);
        json.WriteEndObject();
        json.WriteEndObject();
        End();
        return false;
    }

    private void End()
    {
        Flush();
        if (Json is not null)
        {
            _terminal.Part("\n");
        }
    }

    private void Flush()
    {
        if (Json is { } json)
        {
            json.Flush();
            _terminal.Part(PrintableText.OfJson(Encoding.UTF8.GetString(_buffer.WrittenSpan)));
            _buffer.ResetWrittenCount();
        }
        else if (_text.Length > 0)
        {
            _terminal.Part(_text.ToString());
            _text.Clear();
        }
    }
}
