using System.Diagnostics;
using System.Globalization;

namespace Conn.Benchmarks.Processes;

/// <summary>A process that this one has started. It is ended with this object.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts this program in a role.</summary>
    public static Child InRole(params object[] arguments) => new(Process.Start(OfRole(arguments))!);

    /// <summary>Starts this program in a role, compiled fully at its start: a hundred programs that compile again what they use most would be all that is measured.</summary>
    public static Child CompiledInRole(params object[] arguments)
    {
        ProcessStartInfo start = OfRole(arguments);
        start.Environment["DOTNET_TieredCompilation"] = "0";
        return new Child(Process.Start(start)!);
    }

    /// <summary>Starts a program.</summary>
    public static Child Start(string program, params string[] arguments) =>
        new(Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!);

    /// <summary>Reads the next line that it writes.</summary>
    /// <exception cref="InvalidOperationException">It ended.</exception>
    public async Task<string> LineAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("A process of the benchmark ended early.");

    /// <summary>Reads lines until one contains a text.</summary>
    public async Task SaysAsync(string text)
    {
        while (!(await LineAsync()).Contains(text, StringComparison.Ordinal))
        {
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo OfRole(object[] arguments) => new(
        Environment.ProcessPath!, ["processes-role", .. arguments.Select(static a => Convert.ToString(a, CultureInfo.InvariantCulture)!)])
    {
        RedirectStandardOutput = true,
    };
}
