using System.Diagnostics;
using System.Text;
using Xunit;

namespace Conn.Cli.Tests.Running;

/// <summary>The tool in a process of its own: its output is collected while it runs, signals reach it by its id, and it never outlives its test.</summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string[] _args;
    private readonly StringBuilder _errors = new();
    private readonly List<Awaited> _awaited = [];
    private readonly Lock _gate = new(); // guards _errors and _awaited
    private readonly Task<string> _output;
    private readonly Task _errorLines;

    private ToolProcess(Process process, string[] args)
    {
        _process = process;
        _args = args;
        _output = process.StandardOutput.ReadToEndAsync();
        _errorLines = ReadErrorsAsync();
    }

    public int Id => _process.Id;

    /// <summary>Starts a program; standard input is empty unless given.</summary>
    public static ToolProcess Start(string program, string[] launcher, string[] args, string? folder = null, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        string[] line = [.. launcher, program, .. args];
        ProcessStartInfo start = new(line[0], line[1..])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "",
            StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return new ToolProcess(process, args);
    }

    public void Signal(int signal) => LinuxCalls.Send(_process.Id, signal);

    /// <summary>Kills it, unless it has just ended.</summary>
    public void KillIfRunning()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    /// <summary>Completes with the first line of stderr that says this, or with a later one.</summary>
    /// <param name="text">What is said.</param>
    /// <param name="times">How many lines must have said it.</param>
    public async Task SaysAsync(string text, int times = 1)
    {
        Awaited awaited = new(text);
        lock (_gate)
        {
            awaited.Left = times - _errors.ToString().Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));
            if (awaited.Left <= 0)
            {
                return;
            }

            _awaited.Add(awaited);
        }

        try
        {
            await awaited.Seen.Task.WaitAsync(Limit, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"conn {string.Join(' ', _args)} did not say '{text}' within {Limit.TotalSeconds} s; it said: {Errors()}");
        }
    }

    /// <summary>Completes when the process has stopped itself.</summary>
    public async Task StoppedAsync() => Assert.True(
        await Task.Run(() => LinuxCalls.WaitStopped(Id)).WaitAsync(Limit, TimeProvider.System, TestContext.Current.CancellationToken),
        "The process has ended, and did not stop itself.");

    /// <summary>Waits for the end.</summary>
    public async Task<ToolResult> EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit * 10, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"conn {string.Join(' ', _args)} had not ended after {Limit.TotalSeconds * 10} s; it said: {Errors()}");
        }

        string output = await _output;
        await _errorLines;
        return new ToolResult(_args, _process.ExitCode, output, Errors());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private string Errors()
    {
        lock (_gate)
        {
            return _errors.ToString();
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _errors.Append(line).Append('\n');
                foreach (Awaited awaited in _awaited.Where(a => line.Contains(a.Says, StringComparison.Ordinal) && --a.Left == 0))
                {
                    awaited.Seen.TrySetResult();
                }
            }
        }

        lock (_gate)
        {
            foreach (Awaited awaited in _awaited)
            {
                awaited.Seen.TrySetException(new InvalidOperationException($"The tool ended without saying '{awaited.Says}'; it said: {_errors}"));
            }
        }
    }

    /// <summary>What a test waits for.</summary>
    private sealed class Awaited(string says)
    {
        public string Says => says;

        public int Left { get; set; }

        public TaskCompletionSource Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
