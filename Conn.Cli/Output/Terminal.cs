using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Conn.Cli.Output;

/// <summary>Where a run writes: results on stdout, messages on stderr, or with --json exactly one object on stdout.</summary>
internal sealed class Terminal
{
    private readonly GuardedWriter _output;
    private readonly GuardedWriter _errors;
    private readonly Lock _lock = new(); // guards _written and both writers
    private bool _written;
    private bool _resultMatters = true;

    public Terminal(TextWriter output, TextWriter errors)
    {
        _output = output as GuardedWriter ?? new GuardedWriter(output, false);
        _errors = errors as GuardedWriter ?? new GuardedWriter(errors, false);
        OutputConsole = ConsoleOutput.Make(_output);
        ErrorConsole = ConsoleOutput.Make(_errors);
    }

    /// <summary>Gets or sets whether the result is one JSON object.</summary>
    public bool Json { get; set; }

    /// <summary>Gets or sets whether only errors and what needs attention are written.</summary>
    public bool Quiet { get; set; }

    /// <summary>Gets or sets whether progress is not shown.</summary>
    public bool NoProgress { get; set; }

    public TextWriter Output => _output;

    public TextWriter Errors => _errors;

    public IAnsiConsole OutputConsole { get; }

    public IAnsiConsole ErrorConsole { get; }

    /// <summary>Gets whether results go to a terminal.</summary>
    public bool WritesToTerminal => _output.IsTerminal;

    /// <summary>Gets whether progress is shown at all.</summary>
    public bool ShowsProgress => !Json && !Quiet && !NoProgress;

    /// <summary>Gets whether progress is a live line: stderr is a terminal that can move its cursor.</summary>
    public bool IsLive => ShowsProgress && _errors.IsTerminal && ErrorConsole.Profile.Capabilities.Ansi;

    /// <summary>Gets whether somebody may read stderr on a screen.</summary>
    public bool HasScreen => _errors.IsTerminal;

    /// <summary>Writes the result of a run.</summary>
    /// <param name="json">The document of --json.</param>
    /// <param name="form">The form of the document.</param>
    /// <param name="text">Writes the text.</param>
    /// <param name="matters">False if the run has done something that stands even if nobody reads the result.</param>
    /// <param name="isAttention">False if --quiet leaves the text out.</param>
    public void Result<T>(T json, JsonTypeInfo<T> form, Action<IAnsiConsole> text, bool matters = true, bool isAttention = true) =>
        Result(() => JsonText.Of(json, form), text, matters, isAttention);

    /// <summary>Writes the result of a run that makes the text of its document itself.</summary>
    public void Result(Func<string> json, Action<IAnsiConsole> text, bool matters = true, bool isAttention = true)
    {
        lock (_lock)
        {
            _written = true;
            _resultMatters = matters;
            if (Json)
            {
                _output.WriteLine(json());
            }
            else if (isAttention || !Quiet)
            {
                text(OutputConsole);
            }
        }
    }

    /// <summary>Writes one of many lines of a result, or one of many objects.</summary>
    /// <returns>False when nobody can read them any more.</returns>
    public bool Line<T>(T json, JsonTypeInfo<T> form, string text)
    {
        lock (_lock)
        {
            _written = true;
            if (Json)
            {
                _output.WriteLine(JsonText.Line(json, form));
            }
            else
            {
                OutputConsole.Line(text);
            }

            _output.Flush();
            return _output.Failure is null;
        }
    }

    /// <summary>Writes a part of a result that is too long to be held; it contains nothing that moves a cursor.</summary>
    public void Part(string text)
    {
        lock (_lock)
        {
            _written = true;
            _output.Write(text);
        }
    }

    /// <summary>Opens standard output for bytes. Nothing else may be written to it.</summary>
    /// <exception cref="IOException">It is closed.</exception>
    public Stream OpenBytes()
    {
        _written = true;
        return _output.Failure is null ? StandardStreams.Bytes() : throw new IOException($"The data cannot be written: {_output.Failure.Message}");
    }

    /// <summary>Writes a message that --quiet and --json leave out.</summary>
    public void Note(string message)
    {
        if (!Quiet && !Json)
        {
            Attention(message);
        }
    }

    /// <summary>Writes a message that needs attention.</summary>
    public void Attention(string message)
    {
        lock (_lock)
        {
            ErrorConsole.Line(message);
            _errors.Flush();
        }
    }

    /// <summary>Writes a question without ending its line, whatever --quiet and --json say: somebody is waited for.</summary>
    public void Ask(string question)
    {
        lock (_lock)
        {
            _errors.Write(question);
            _errors.Flush();
        }
    }

    /// <summary>Writes the one error of a run: a sentence, and with --json also the one object.</summary>
    public void Fail(string message, ExitCode code)
    {
        Attention($"conn: {message}");
        lock (_lock)
        {
            if (Json && !_written)
            {
                _written = true;
                _output.WriteLine(JsonText.OfError(code, message));
            }
        }
    }

    /// <summary>Ends the run: a result that could not be written is said, and is a failure if it was all that was asked for.</summary>
    public int Finish(int code)
    {
        _output.Flush();
        if (_output.Failure is not { } failure)
        {
            return code;
        }

        if (!_resultMatters || code != (int)ExitCode.Done)
        {
            Attention($"warning: The result could not be written to stdout: {failure.Message} What was done stands; conn list shows it.");
            return code;
        }

        Attention($"conn: The result could not be written to stdout: {failure.Message}");
        return (int)ExitCode.Failed;
    }
}
