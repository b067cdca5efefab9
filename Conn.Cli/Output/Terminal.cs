using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>Where a run talks: results on stdout, messages on stderr, or with --json exactly one object on stdout. No control characters off a
/// terminal.</summary>
internal sealed class Terminal : IDisposable
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly Lock _gate = new(); // guards _written and both writers
    private bool _written;

    public Terminal(TextWriter output, TextWriter errors, bool json)
    {
        _output = output;
        _errors = errors;
        Json = json;
        OutputConsole = Make(output, ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected);

        // A table is not squeezed into a window: the terminal wraps long lines, and ids can be copied whole.
        OutputConsole.Profile.Width = 10_000;
        IsErrorTerminal = ReferenceEquals(errors, Console.Error) && !Console.IsErrorRedirected;
        ErrorConsole = Make(errors, IsErrorTerminal);
    }

    /// <summary>True with --json.</summary>
    public bool Json { get; set; }

    public IAnsiConsole OutputConsole { get; }

    public IAnsiConsole ErrorConsole { get; }

    /// <summary>True when messages go to a terminal, where a live line makes sense.</summary>
    public bool IsErrorTerminal { get; }

    /// <summary>The one result of a run.</summary>
    public void Result(object json, Action<IAnsiConsole> text)
    {
        lock (_gate)
        {
            _written = true;
            try
            {
                if (Json)
                {
                    _output.WriteLine(JsonSerializer.Serialize(json, JsonOptions));
                }
                else
                {
                    text(OutputConsole);
                }

                _output.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new OutputException($"The result could not be written to stdout ({e.Message}); what was done stands, conn list shows it.", e);
            }
        }
    }

    /// <summary>One message line.</summary>
    public void Note(string message)
    {
        lock (_gate)
        {
            _errors.WriteLine(Printable(message));
            _errors.Flush();
        }
    }

    /// <summary>The one error of a run: a sentence, and with --json also the one object.</summary>
    public void Fail(string message, ExitCode code)
    {
        Note($"conn: {message}");
        lock (_gate)
        {
            if (Json && !_written)
            {
                _written = true;
                _output.WriteLine(JsonSerializer.Serialize(new { schemaVersion = 1, error = new { code = code.ToString(), exitCode = (int)code, message } }, JsonOptions));
                _output.Flush();
            }
        }
    }

    /// <summary>A name as it may be shown: control characters of file names do not reach a terminal, and none makes a line of its own.</summary>
    public static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString())) : text;

    public void Dispose()
    {
        _output.Flush();
        _errors.Flush();
    }

    private static IAnsiConsole Make(TextWriter writer, bool terminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!terminal)
        {
            // A line is a line: nothing is wrapped for a width nobody has.
            console.Profile.Width = 10_000;
        }

        return console;
    }
}
