using System.Text;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>The tool on a real terminal: a pseudo-terminal is its standard input, output and error, and its controlling terminal.</summary>
internal sealed class TerminalRun : IAsyncDisposable
{
    private readonly Pty _pty;
    private readonly ToolProcess _process;
    private readonly Task _reading;
    private readonly StringBuilder _raw = new();
    private readonly Lock _lock = new(); // guards _raw and _awaited
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    private TerminalRun(int rows, int columns, string program, string[] args, IReadOnlyDictionary<string, string> environment)
    {
        Screen = new Screen(rows, columns);
        _pty = new Pty((ushort)rows, (ushort)columns);

        // A new session, so that the terminal can become its controlling terminal.
        string onTerminal = $"exec setsid --ctty --wait \"$@\" <{_pty.Terminal} >{_pty.Terminal} 2>&1";
        _process = ToolProcess.Start("/bin/sh", [], ["-c", onTerminal, "sh", program, .. args], null, environment);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public Screen Screen { get; }

    public string Raw
    {
        get
        {
            lock (_lock)
            {
                return _raw.ToString();
            }
        }
    }

    public static TerminalRun Start(int rows, int columns, string[] args, string noColor = "", string term = "xterm-256color") =>
        new(rows, columns, ToolRun.Program, args, new Dictionary<string, string> { ["TERM"] = term, ["NO_COLOR"] = noColor });

    /// <summary>Completes when the terminal was sent this.</summary>
    public async Task ShowsAsync(string text)
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_raw.ToString().Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            _awaited.Add((text, seen));
        }

        await seen.Task.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    /// <summary>Types a line, as a person at the keyboard does.</summary>
    public void Type(string line) => Press(line + "\r");

    /// <summary>Presses keys, and no Return after them.</summary>
    public void Press(string keys) => _pty.Write(Encoding.UTF8.GetBytes(keys));

    /// <summary>Hangs the terminal up, as closing its window does.</summary>
    public void HangUp() => _pty.Dispose();

    public async Task<int> EndAsync()
    {
        int code = (await _process.EndAsync()).ExitCode;
        await _reading;
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _pty.Dispose();
    }

    private void Read()
    {
        byte[] buffer = new byte[4096];
        Decoder decoder = Encoding.UTF8.GetDecoder();
        char[] chars = new char[4096];
        while (_pty.Read(buffer) is > 0 and int count)
        {
            string text = new(chars, 0, decoder.GetChars(buffer, 0, count, chars, 0));
            lock (_lock)
            {
                _raw.Append(text);
                string all = _raw.ToString();
                _awaited.FindAll(a => all.Contains(a.Text, StringComparison.Ordinal)).ForEach(static a => a.Seen.TrySetResult());
            }
        }

        Screen.Write(Raw);
    }
}
