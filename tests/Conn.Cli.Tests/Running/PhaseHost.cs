using System.Globalization;
using System.Runtime.InteropServices;
using Conn.Engine;

namespace Conn.Cli.Tests.Running;

/// <summary>The tool's own code in a process of its own that sends itself a signal exactly at a phase: before anything after that phase has run.</summary>
internal static class PhaseHost
{
    private const string PhaseVariable = "CONN_TEST_PHASE";
    private const string NthVariable = "CONN_TEST_NTH";
    private const string SignalVariable = "CONN_TEST_SIGNAL";

    public static bool IsAsked => Environment.GetEnvironmentVariable(PhaseVariable) is not null;

    /// <summary>What makes a process of this program the tool that signals itself.</summary>
    public static Dictionary<string, string> Environ(OperationPhase phase, int nth, int signal) => new()
    {
        [PhaseVariable] = phase.ToString(),
        [NthVariable] = nth.ToString(CultureInfo.InvariantCulture),
        [SignalVariable] = signal.ToString(CultureInfo.InvariantCulture),
    };

    public static async Task<int> RunAsync(string[] args)
    {
        OperationPhase wanted = Enum.Parse<OperationPhase>(Environment.GetEnvironmentVariable(PhaseVariable)!);
        int left = int.Parse(Environment.GetEnvironmentVariable(NthVariable)!, CultureInfo.InvariantCulture);
        int signal = int.Parse(Environment.GetEnvironmentVariable(SignalVariable)!, CultureInfo.InvariantCulture);
        using ManualResetEventSlim arrived = new();
        using PosixSignalRegistration? registration = signal == LinuxCalls.Terminate ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => arrived.Set()) : null;
        return await ConnTool.RunAsync(args, Console.Out, Console.Error, CancellationToken.None, progress =>
        {
            if (progress.Phase == wanted && --left == 0)
            {
                LinuxCalls.Send(Environment.ProcessId, signal);
                if (registration is not null)
                {
                    // The signal is taken by a thread of the runtime: the phase ends only when it was.
                    arrived.Wait();
                }
            }
        });
    }
}
